package emulator

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
)

// contents are the bytes of the cloud: whole ones under content/ab/<md5>, named by
// MD5 and nothing else, and those still arriving under partial/<upload id>.
type contents struct {
	directory *directory
	noSync    bool

	mu   sync.Mutex
	pins map[[16]byte]int // content on its way into the tree: not to be removed
}

func newContents(d *directory, noSync bool) *contents {
	return &contents{directory: d, noSync: noSync, pins: map[[16]byte]int{}}
}

func contentFolder(sum [16]byte) string {
	return path.Join(contentName, hex.EncodeToString(sum[:1]))
}

func contentPath(sum [16]byte) string {
	return path.Join(contentFolder(sum), hex.EncodeToString(sum[:]))
}

func partialPath(id string) string { return path.Join(partialName, id) }

func (c *contents) open(sum [16]byte) (*os.File, error) {
	return c.directory.root.Open(contentPath(sum))
}

func (c *contents) openPartial(id string) (*os.File, error) {
	return c.directory.root.OpenFile(partialPath(id), os.O_RDWR|os.O_CREATE, 0o600)
}

// pin keeps content from being removed until the returned function is called: the
// time between its arrival and the change that makes a version of it.
func (c *contents) pin(sum [16]byte) (unpin func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pins[sum]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.pins[sum]--; c.pins[sum] == 0 {
			delete(c.pins, sum)
		}
	}
}

// keep turns a partial that has been checked into content, durably. Its file is
// closed by then, and synced. The caller holds a pin.
func (c *contents) keep(id string, sum [16]byte) error {
	err := c.directory.root.Rename(partialPath(id), contentPath(sum))
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.makeFolder(sum); err != nil {
			return fmt.Errorf("keep content: %w", err)
		}
		err = c.directory.root.Rename(partialPath(id), contentPath(sum))
	}
	if err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	if c.noSync {
		return nil
	}
	return c.directory.sync(contentFolder(sum))
}

// makeFolder makes one of the 256 folders when it is first needed.
func (c *contents) makeFolder(sum [16]byte) error {
	if err := c.directory.makeFolder(contentFolder(sum)); err != nil || c.noSync {
		return err
	}
	return c.directory.sync(contentName)
}

// remove lets go of content that no version is any more. What cannot be removed now
// is swept at the next start.
func (c *contents) remove(sum [16]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pins[sum] == 0 {
		_ = c.directory.root.Remove(contentPath(sum))
	}
}

func (c *contents) removePartial(id string) {
	_ = c.directory.root.Remove(partialPath(id))
}

// sweep removes what no version and no upload knows, learns how much of each upload
// has arrived, and says what is missing.
func (c *contents) sweep(t *tree) (missing []string, err error) {
	found := make(map[[16]byte]bool, len(t.content))
	err = c.each(contentName, func(name string) {
		sum, ok := parseDigest(path.Base(name))
		if !ok || t.content[sum.sum] == nil {
			_ = c.directory.root.Remove(name)
			return
		}
		found[sum.sum] = true
	})
	for sum := range t.content {
		if !found[sum] {
			missing = append(missing, hex.EncodeToString(sum[:]))
		}
	}
	partials := c.each(partialName, func(name string) {
		info, err := c.directory.root.Lstat(name)
		known := t.uploads[path.Base(name)]
		if err != nil || known == nil || !info.Mode().IsRegular() {
			_ = c.directory.root.Remove(name)
			return
		}
		known.partial.received.Store(min(info.Size(), known.target.size))
	})
	return missing, errors.Join(err, partials)
}

func (c *contents) each(folder string, visit func(name string)) error {
	return fs.WalkDir(c.directory.root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && strings.HasPrefix(name, folder+"/") {
			visit(name)
		}
		return nil
	})
}
