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

// contents are the bytes of the cloud: whole ones as content/ab/<md5>, named by MD5 and
// nothing else, and beside them, as content/ab/<upload id>.partial, those that are
// still arriving and shall become one of these.
type contents struct {
	directory *directory
	noSync    bool

	mu      sync.Mutex
	pins    map[[16]byte]int // content on its way into the tree: not to be removed
	folders [256]*os.Root    // by first byte, open from their first use on
}

const partialSuffix = ".partial"

func newContents(d *directory, noSync bool) *contents {
	return &contents{directory: d, noSync: noSync, pins: map[[16]byte]int{}}
}

func contentFolder(sum [16]byte) string {
	return path.Join(contentName, hex.EncodeToString(sum[:1]))
}

func contentFile(sum [16]byte) string { return hex.EncodeToString(sum[:]) }

func contentPath(sum [16]byte) string { return path.Join(contentFolder(sum), contentFile(sum)) }

func (u *upload) fileName() string { return u.id + partialSuffix }

func (u *upload) path() string {
	return path.Join(contentFolder(u.target.digest.sum), u.fileName())
}

// folder is the one of the 256 that content is in, made when it is first needed. It
// stays open, as to find it again would cost more than to open a file in it.
func (c *contents) folder(sum [16]byte) (*os.Root, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held := c.folders[sum[0]]; held != nil {
		return held, nil
	}
	opened, err := c.directory.root.OpenRoot(contentFolder(sum))
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.makeFolder(sum); err != nil {
			return nil, err
		}
		opened, err = c.directory.root.OpenRoot(contentFolder(sum))
	}
	if err == nil {
		c.folders[sum[0]] = opened
	}
	return opened, err
}

func (c *contents) makeFolder(sum [16]byte) error {
	if err := c.directory.makeFolder(contentFolder(sum)); err != nil || c.noSync {
		return err
	}
	return c.directory.sync(contentName)
}

func (c *contents) open(sum [16]byte) (*os.File, error) {
	folder, err := c.folder(sum)
	if err != nil {
		return nil, err
	}
	return folder.Open(contentFile(sum))
}

func (c *contents) openPartial(u *upload) (*os.File, error) {
	folder, err := c.folder(u.target.digest.sum)
	if err != nil {
		return nil, err
	}
	u.partial.onDisk.Store(true)
	return folder.OpenFile(u.fileName(), os.O_RDWR|os.O_CREATE, 0o600)
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
func (c *contents) keep(u *upload) error {
	sum := u.target.digest.sum
	folder, err := c.folder(sum)
	if err != nil {
		return err
	}
	err = folder.Rename(u.fileName(), contentFile(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return errDropped
	}
	if err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	u.partial.onDisk.Store(false)
	if c.noSync {
		return nil
	}
	return c.directory.sync(contentFolder(sum))
}

// put makes content of bytes that have been checked, durably. The caller holds a pin.
// That there is a file already is fs.ErrExist: it may be incomplete.
func (c *contents) put(sum [16]byte, body []byte) error {
	folder, err := c.folder(sum)
	if err != nil {
		return err
	}
	file, err := folder.OpenFile(contentFile(sum), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	if err == nil && !c.noSync {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil || c.noSync {
		return err
	}
	return c.directory.sync(contentFolder(sum))
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

func (c *contents) removePartial(u *upload) {
	if u.partial.onDisk.Swap(false) {
		_ = c.directory.root.Remove(u.path())
	}
}

func (c *contents) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	for _, folder := range c.folders {
		if folder != nil {
			err = errors.Join(err, folder.Close())
		}
	}
	return err
}

// sweep removes what no version and no upload knows, learns how much of each upload
// has arrived, and says what is missing.
func (c *contents) sweep(t *tree) (missing []string, err error) {
	found := make(map[[16]byte]bool, len(t.content))
	err = fs.WalkDir(c.directory.root.FS(), contentName, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if id, ok := strings.CutSuffix(entry.Name(), partialSuffix); ok && c.arrived(t.uploads[id], name) {
			return nil
		}
		sum, ok := parseDigest(entry.Name())
		if !ok || t.content[sum.sum] == nil || !entry.Type().IsRegular() {
			return c.directory.root.Remove(name)
		}
		found[sum.sum] = true
		return nil
	})
	for sum := range t.content {
		if !found[sum] {
			missing = append(missing, hex.EncodeToString(sum[:]))
		}
	}
	return missing, err
}

// arrived says that the file is what has arrived of the upload, and notes how much.
func (c *contents) arrived(u *upload, name string) bool {
	if u == nil || u.path() != name {
		return false
	}
	info, err := c.directory.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > u.target.size {
		return false
	}
	u.partial.onDisk.Store(true)
	u.partial.received.Store(info.Size())
	return true
}
