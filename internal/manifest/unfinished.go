package manifest

import "github.com/jottarun/jottarun/internal/localfs"

// unfinished is an attribute of folders that a restore has made to restore to, for as
// long as they have not become like the job's roots: one that is killed cannot tell the
// next one whose they are.
const unfinished = "user.jottarun.unfinished"

// MarkUnfinished remembers on the folder, where its file system has attributes, that a
// restore has made it. Apply takes that away.
func (d Dir) MarkUnfinished() {
	_ = d.self(func(node *localfs.Node) error { return node.SetXattr(unfinished, nil) })
}

// IsUnfinished reports whether a restore has made the folder and was killed.
func (d Dir) IsUnfinished() bool {
	err := d.self(func(node *localfs.Node) error {
		_, err := node.Xattr(unfinished)
		return err
	})
	return err == nil
}

// finish is to be called while the folder may still be written to.
func (d Dir) finish() {
	_ = d.self(func(node *localfs.Node) error { return node.RemoveXattr(unfinished) }) // most have none
}

func (d Dir) self(do func(*localfs.Node) error) error {
	folder, err := d.Tree.Root()
	if err != nil {
		return err
	}
	defer folder.Close()
	place, err := folder.Place()
	if err != nil {
		return err
	}
	defer place.Close()
	node, err := place.HoldSelf()
	if err != nil {
		return err
	}
	defer node.Close()
	return do(node)
}
