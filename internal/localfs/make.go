package localfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folderMode is what the umask takes from.
const folderMode = 0o777

// ErrInUse says that another process writes into a tree.
var ErrInUse = errors.New("another restore is writing into it")

// MakeTree opens the folder at path, after making it and those above it as needed.
func MakeTree(path string) (*Tree, error) {
	if err := os.MkdirAll(path, folderMode); err != nil {
		return nil, err
	}
	return OpenTree(path)
}

// MakeFolder opens the folder at rel, a slash path below the tree's root, after making
// it and those above it as needed. Like OpenFolder it goes through no link.
func (t *Tree) MakeFolder(rel string) (*Folder, error) {
	folder, err := t.Root()
	if err != nil || rel == "" {
		return folder, err
	}
	for name := range strings.SplitSeq(rel, "/") {
		next, err := folder.MakeFolder(name)
		folder.Close()
		if err != nil {
			return nil, err
		}
		folder = next
	}
	return folder, nil
}

// MakeFolder opens a folder in this one, after making it where it is not there.
func (f *Folder) MakeFolder(name string) (*Folder, error) {
	folder, err := f.OpenFolder(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return folder, err
	}
	if err := f.root.Mkdir(name, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, cause(err)
	}
	return f.OpenFolder(name)
}

// Remove removes a file, a link or an empty folder. That it is gone is fine.
func (f *Folder) Remove(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cause(err)
	}
	return nil
}

// Sync makes the names in the folder last, as far as the system can promise that.
func (f *Folder) Sync() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return cause(err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !cannotSync(err) {
		return cause(err)
	}
	return nil
}

// cannotSync recognises systems and file systems that have no such thing for folders.
func cannotSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission)
}

// CheckName says why no file of this system can have a name, or nil.
func CheckName(name string) error {
	if strings.ContainsAny(name, "/\x00") || strings.ContainsRune(name, filepath.Separator) || !filepath.IsLocal(name) {
		return fmt.Errorf("no file here can be called %q", name)
	}
	return nil
}
