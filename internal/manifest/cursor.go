package manifest

import (
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// cursor stands in one folder of a tree. Going on to what is near costs little.
type cursor struct {
	tree   *localfs.Tree
	path   string
	folder *localfs.Folder // nil where the cursor stands nowhere
	place  *localfs.Place
	failed error // why the folder at path cannot be entered
}

// to goes to the folder that holds a path, and returns it with the path's last name.
// Links on the way are refused. For "" it is the tree's own folder.
func (c *cursor) to(path string) (*localfs.Place, string, error) {
	parent, name := split(path)
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
	if parent, name := split(path); c.folder != nil && c.path == parent && name != "" {
		return c.folder.OpenFolder(name)
	}
	return c.tree.OpenFolder(path)
}

func (c *cursor) close() {
	if c.folder != nil {
		c.folder.Close()
		c.place.Close()
	}
	*c = cursor{tree: c.tree}
}

// at is the path under which a restore brings the entry back: as the cloud spells it,
// but unescaped.
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
