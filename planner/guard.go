package planner

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/jottarun/jottarun/internal/localfs"
)

// openRoot is a root whose folder is open.
type openRoot struct {
	RootSpec
	tree   *localfs.Tree
	folder *localfs.Folder
	real   string // the path without links, to tell where a link leads
}

type openedRoots []openRoot

// openRoots opens every root of the job, or refuses those it cannot stand for:
// an unreadable root is not an empty one.
func openRoots(spec Spec) (openedRoots, []Refusal) {
	var roots openedRoots
	var refusals []Refusal
	for _, root := range spec.Roots {
		opened, err := open(root)
		if err != nil {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: refusalReason(err)})
			continue
		}
		roots = append(roots, opened)
	}
	return roots, refusals
}

func open(root RootSpec) (openRoot, error) {
	tree, err := localfs.OpenTree(root.Path)
	if err != nil {
		return openRoot{}, err
	}
	folder, err := tree.Root()
	if err != nil {
		return openRoot{}, errors.Join(err, tree.Close())
	}
	opened := openRoot{RootSpec: root, tree: tree, folder: folder, real: root.Path}
	if real, err := filepath.EvalSymlinks(root.Path); err == nil {
		opened.real = real
	}
	return opened, nil
}

func refusalReason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "does not exist (not mounted?)"
	}
	return "cannot be opened: " + plainCause(err)
}

// plainCause is the system's word for what went wrong, without the operation and
// the path, which the reader is told in other words.
func plainCause(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return err.Error()
}

func (roots openedRoots) close() {
	for _, root := range roots {
		root.folder.Close()
		root.tree.Close()
	}
}

// ownFolders describes jottarun's own folders, by which they are known wherever
// the walk meets them.
func ownFolders(paths []string) []localfs.Info {
	var own []localfs.Info
	for _, path := range paths {
		tree, err := localfs.OpenTree(path)
		if err != nil {
			continue // not made yet, so that nothing can meet it
		}
		if info, err := tree.Lstat(""); err == nil {
			own = append(own, info)
		}
		tree.Close()
	}
	return own
}
