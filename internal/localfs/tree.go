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
	"io/fs"
	"os"
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

// inside, put after a name, makes the system open a folder or nothing: without it
// os.OpenRoot waits for the other end of a fifo that has taken the folder's place.
const inside = "/."

// Tree is a local folder and everything below it. It may be used by many
// goroutines.
type Tree struct {
	path string
	root *os.Root
}

// OpenTree opens the folder at path. The path itself may lead through links: it
// is what the user wrote.
func OpenTree(path string) (*Tree, error) {
	if path == "" {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	root, err := os.OpenRoot(path + inside)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: cause(err)}
	}
	return &Tree{path: path, root: root}, nil
}

// Close gives the tree's descriptor back.
func (t *Tree) Close() error { return t.root.Close() }

// InPlace returns an error where the path that the tree was opened on leads there
// no longer: the folder was removed, replaced, or its file system unmounted.
func (t *Tree) InPlace() error {
	opened, err := t.root.Stat(".")
	if err != nil {
		return cause(err)
	}
	now, err := os.Stat(t.path)
	if err != nil {
		return cause(err)
	}
	if !os.SameFile(opened, now) {
		return errors.New("it is not the folder that was opened")
	}
	return nil
}

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

func split(rel string) (parent, name string) {
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		return rel[:i], rel[i+1:]
	}
	return "", rel
}
