package manifest

import (
	"fmt"

	"github.com/jottarun/jottarun/internal/localfs"
)

// describe returns the entry of what is seen.
func (c *Capture) describe(s Sight) (Entry, error) {
	node, err := c.hold(s)
	if err != nil {
		return Entry{}, err
	}
	defer node.Close()
	status := node.Status()
	kind, known := kindOf(status.Type)
	if !known {
		return Entry{}, fmt.Errorf("its type is unknown (%v)", status.Type)
	}
	e := Entry{
		Root: s.Root, Path: s.Path, Kind: kind, Modified: status.Modified.UTC(),
		Owner: ID{status.Owner, c.names.user(status.Owner)}, Group: ID{status.Group, c.names.group(status.Group)},
	}
	if cloud := stored(s.Cloud); cloud != s.Path {
		e.Cloud = cloud
	}
	if kind != Symlink {
		e.Mode = status.Mode
	}
	if kind.isDevice() {
		e.Major, e.Minor = status.Major, status.Minor
	}
	if kind != Folder && status.Links > 1 {
		e.HardLink = c.group(status)
	}
	switch kind {
	case Symlink:
		if e.Target, err = node.Target(); err != nil {
			return Entry{}, err
		}
	case File:
		e.Size = status.Size
		e.Holes = c.holes(s.Path, node)
	}
	e.Xattrs = c.xattrs(s.Path, node)
	return e, nil
}

// hold takes hold of what is seen. The descriptor of its folder is kept for what else
// is in there.
func (c *Capture) hold(s Sight) (*localfs.Node, error) {
	if c.folder != s.Folder || c.place == nil || s.Name == "" {
		if err := c.leave(); err != nil {
			return nil, err
		}
		place, err := s.Folder.Place()
		if err != nil {
			return nil, err
		}
		c.place, c.folder = place, s.Folder
	}
	if s.Name == "" {
		return c.place.HoldSelf()
	}
	return c.place.Hold(s.Name)
}

func (c *Capture) leave() error {
	if c.place == nil {
		return nil
	}
	err := c.place.Close()
	c.place, c.folder = nil, nil
	return err
}

// group numbers files with several names in the order in which they are first seen.
func (c *Capture) group(s localfs.Status) int {
	id := fileID{s.Device, s.Inode}
	if _, seen := c.groups[id]; !seen {
		c.groups[id] = len(c.groups) + 1
	}
	return c.groups[id]
}

func (c *Capture) holes(path string, node *localfs.Node) []localfs.Hole {
	if status := node.Status(); status.Allocated >= status.Size {
		return nil
	}
	holes, more, err := node.Holes(maxHoles)
	switch {
	case err != nil:
		c.note(Note{path, "its holes are not kept: " + err.Error()})
	case more:
		c.note(Note{path, fmt.Sprintf("only its first %d holes are kept", maxHoles)})
	}
	return holes
}

func (c *Capture) xattrs(path string, node *localfs.Node) []localfs.Xattr {
	xattrs, err := node.Xattrs()
	if err != nil {
		c.note(Note{path, "not all of its attributes are kept: " + err.Error()})
	}
	if xattrSize(xattrs) > maxXattrSize || len(xattrs) > maxXattrs {
		c.note(Note{path, "its attributes are too large to be kept"})
		return nil
	}
	return xattrs
}
