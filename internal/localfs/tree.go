// Package localfs reads trees of local files safely, also as root in folders
// that others may write to.
//
// A Tree never leaves the folder it was opened on. Below it every folder and file
// is looked at first (lstat), opened relative to the descriptor of its parent,
// and then shown to be what was looked at; a link put in its place meanwhile is
// refused, also one that stays inside the tree. Opening never blocks on a fifo.
package localfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

var (
	// ErrReplaced says that a name stood for something else when it was opened
	// than when it was looked at.
	ErrReplaced = errors.New("it was replaced while being opened")
	// ErrNotRegular says that a name stands for something that has no content to
	// read, like a folder, a link or a device.
	ErrNotRegular = errors.New("not a regular file")
	// ErrNotFolder says that a name stands for something that holds no names.
	ErrNotFolder = errors.New("not a folder")
)

// Tree is a local folder and everything below it. It may be used by many
// goroutines.
type Tree struct{ root *os.Root }

// OpenTree opens the folder at path. The path itself may lead through links: it
// is what the user wrote.
func OpenTree(path string) (*Tree, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Tree{root: root}, nil
}

// Close gives the tree's descriptor back.
func (t *Tree) Close() error { return t.root.Close() }

// Root returns the tree's own folder. Closing it leaves the tree open.
func (t *Tree) Root() (*Folder, error) {
	root, err := t.root.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	return newFolder(root)
}

// OpenFolder opens the folder at rel, a slash path below the tree's root; "" is
// the root.
func (t *Tree) OpenFolder(rel string) (*Folder, error) {
	folder, err := t.Root()
	if err != nil || rel == "" {
		return folder, err
	}
	for name := range strings.SplitSeq(rel, "/") {
		next, err := folder.OpenFolder(name)
		folder.Close()
		if err != nil {
			return nil, err
		}
		folder = next
	}
	return folder, nil
}

// OpenFile opens the regular file at rel for reading.
func (t *Tree) OpenFile(rel string) (*File, error) {
	parent, name := split(rel)
	folder, err := t.OpenFolder(parent)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.OpenFile(name)
}

// Lstat describes what is at rel, a slash path below the tree's root, without
// following a link; "" is the root.
func (t *Tree) Lstat(rel string) (Info, error) {
	parent, name := split(rel)
	folder, err := t.OpenFolder(parent)
	if err != nil {
		return Info{}, err
	}
	defer folder.Close()
	if name == "" {
		return folder.Info(), nil
	}
	return folder.Lstat(name)
}

// Folder is an open folder of a Tree.
type Folder struct {
	root *os.Root
	info Info
}

func newFolder(root *os.Root) (*Folder, error) {
	info, err := root.Lstat(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Folder{root: root, info: newInfo(info)}, nil
}

// Close gives the folder's descriptor back.
func (f *Folder) Close() error { return f.root.Close() }

// Info describes the folder itself.
func (f *Folder) Info() Info { return f.info }

// Entry is a name in a folder with what it stood for when it was looked at, or
// the reason why that could not be told.
type Entry struct {
	Name string
	Info Info
	Err  error
}

// Entries returns what is in the folder in the byte order of names, each stated
// once and without following links. A name that vanished meanwhile is left out.
func (f *Folder) Entries() ([]Entry, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	entries := make([]Entry, 0, len(names))
	for _, name := range names {
		info, err := f.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		entries = append(entries, Entry{Name: name, Info: info, Err: err})
	}
	return entries, nil
}

// Lstat describes a name in the folder, without following a link.
func (f *Folder) Lstat(name string) (Info, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return Info{}, cause(err)
	}
	return newInfo(info), nil
}

// OpenFolder opens a folder in this one.
func (f *Folder) OpenFolder(name string) (*Folder, error) {
	seen, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if seen.Kind != KindFolder {
		return nil, ErrNotFolder
	}
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, cause(err)
	}
	folder, err := newFolder(root)
	if err != nil {
		return nil, cause(err)
	}
	if !seen.SameFile(folder.info) {
		folder.Close()
		return nil, ErrReplaced
	}
	return folder, nil
}

// OpenFile opens a regular file in this folder for reading.
func (f *Folder) OpenFile(name string) (*File, error) {
	seen, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if seen.Kind != KindFile {
		return nil, ErrNotRegular
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, cause(err)
	}
	opened := &File{file: file}
	if opened.info, err = opened.Stat(); err != nil {
		return nil, errors.Join(cause(err), file.Close())
	}
	if opened.info.Kind != KindFile || !seen.SameFile(opened.info) {
		file.Close()
		return nil, ErrReplaced
	}
	return opened, nil
}

// names reads the names in the folder, unsorted.
func (f *Folder) names() ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, cause(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, cause(err)
	}
	return names, nil
}

// cause strips the operation and the path from err: callers name the path in
// their own words.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}

func split(rel string) (parent, name string) {
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		return rel[:i], rel[i+1:]
	}
	return "", rel
}
