package manifest

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// Dir is a folder that a manifest is applied to. It gets what is described below As, or
// everything where that is empty.
type Dir struct {
	As   string
	Tree *localfs.Tree
}

// cursor stands in one folder of the dirs. Going on to what is near costs little.
type cursor struct {
	dirs   []Dir
	path   string
	folder *localfs.Folder // nil where the cursor stands nowhere
	place  *localfs.Place
	failed error // why the folder at path cannot be entered
}

// to goes to the folder that holds a path, and returns it with the path's last name.
// Links on the way are refused. For one of the dirs itself the name is "".
func (c *cursor) to(path string) (*localfs.Place, string, error) {
	parent, name := split(path)
	if c.isDir(path) {
		parent, name = path, ""
	}
	if c.failed != nil && c.path == parent {
		return nil, "", c.failed
	}
	if c.folder == nil || c.path != parent {
		if err := c.enter(parent); err != nil {
			c.close()
			c.path, c.failed = parent, err
			return nil, "", err
		}
	}
	return c.place, name, nil
}

func (c *cursor) enter(path string) error {
	folder, err := c.open(path)
	if err != nil {
		return err
	}
	place, err := folder.Place()
	if err != nil {
		folder.Close()
		return err
	}
	c.close()
	c.path, c.folder, c.place = path, folder, place
	return nil
}

// open opens the folder, from the one that the cursor is in where that holds it.
func (c *cursor) open(path string) (*localfs.Folder, error) {
	if parent, name := split(path); c.folder != nil && c.path == parent && name != "" && !c.isDir(path) {
		return c.folder.OpenFolder(name)
	}
	tree, rel, err := c.find(path)
	if err != nil {
		return nil, err
	}
	return tree.OpenFolder(rel)
}

// make makes the folder that a path is in, where it is not there, and those above.
func (c *cursor) make(path string) error {
	parent, _ := split(path)
	tree, rel, err := c.find(parent)
	if err != nil {
		return err
	}
	folder, err := tree.MakeFolder(rel)
	if err != nil {
		return err
	}
	c.close() // it may have found the folder missing
	return folder.Close()
}

// isDir reports whether a path is that of one of the dirs itself.
func (c *cursor) isDir(path string) bool {
	for _, d := range c.dirs {
		if d.As == path {
			return true
		}
	}
	return false
}

var errNoDir = errors.New("it is in no root of the job")

// find returns the tree that a path is in, and the path below its root.
func (c *cursor) find(path string) (*localfs.Tree, string, error) {
	for _, d := range c.dirs {
		switch {
		case d.As == "" || d.As == path:
			return d.Tree, path[len(d.As):], nil
		case isBelow(path, d.As):
			return d.Tree, path[len(d.As)+1:], nil
		}
	}
	return nil, "", errNoDir
}

func (c *cursor) close() {
	if c.folder != nil {
		c.folder.Close()
		c.place.Close()
	}
	*c = cursor{dirs: c.dirs}
}

// locate goes to where an entry is: under the name that the cloud has for it, which a
// restore goes by, or under its own. What is not there yet belongs where its folder is.
func (c *cursor) locate(e Entry) (place *localfs.Place, name, at string, err error) {
	paths := []string{e.at()}
	if paths[0] != e.Path {
		paths = append(paths, e.Path)
	}
	var missing string // the last path whose folder is there: its own, before the cloud's
	for _, path := range paths {
		if place, name, err = c.to(path); err != nil {
			continue
		}
		if name == "" || exists(place, name) {
			return place, name, path, nil
		}
		missing = path
	}
	if missing == "" {
		return nil, "", paths[0], err
	}
	place, name, err = c.to(missing)
	return place, name, missing, err
}

func exists(place *localfs.Place, name string) bool {
	node, err := place.Hold(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err == nil {
		node.Close()
	}
	return true
}

// at is the path under which the cloud has the entry, unescaped.
func (e *Entry) at() string {
	if e.Cloud == "" {
		return e.Path
	}
	return mapNames(e.Cloud, jotta.DecodeName)
}

// stored is how the service stores a path.
func stored(path string) string { return mapNames(path, jotta.EncodeName) }

func mapNames(path string, change func(string) string) string {
	if path == "" {
		return ""
	}
	names := strings.Split(path, "/")
	for i, name := range names {
		names[i] = change(name)
	}
	return strings.Join(names, "/")
}
