package manifest

import (
	"crypto/md5"
	"errors"
	"hash"
	"io"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
)

// Sight is something that a job selects, at the moment when the walk is there.
type Sight struct {
	Root   int
	Path   string          // below the target
	Cloud  string          // the same as the cloud spells it, or would
	Folder *localfs.Folder // open; what holds the name or, where that is "", what is seen
	Name   string
	Maybe  bool // a folder that is selected only if something in it is
}

// Note is something that a manifest does not hold, or that was not applied, and why.
type Note struct {
	Path   string
	Reason string
}

// Capture writes the manifest of a tree that it is shown. It opens nothing by
// following a link, and no file but those that may have holes. It is for one
// goroutine.
type Capture struct {
	writer *Writer
	sum    hash.Hash
	size   int64
	note   func(Note)
	names  *names
	groups map[fileID]int // of what has several names
	maybe  []Entry        // folders above that wait for something in them
	place  *localfs.Place // of the folder that was last seen
	folder *localfs.Folder
	err    error
}

// fileID is what hard links have in common.
type fileID struct{ device, inode uint64 }

// Written is a whole manifest.
type Written struct {
	Size int64
	MD5  [md5.Size]byte
}

// NewCapture begins a manifest, which goes to a writer. What cannot be kept is told to
// note.
func NewCapture(to io.Writer, header Header, note func(Note)) (*Capture, error) {
	c := &Capture{sum: md5.New(), note: note, names: newNames(), groups: map[fileID]int{}}
	writer, err := NewWriter(io.MultiWriter(to, c.sum, (*counter)(&c.size)), header)
	if err != nil {
		return nil, err
	}
	c.writer = writer
	return c, nil
}

// Add describes what is seen, which comes in the manifest's order. What vanished
// meanwhile is left out.
func (c *Capture) Add(s Sight) {
	if c.err != nil {
		return
	}
	entry, err := c.describe(s)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case errors.Is(err, errors.ErrUnsupported):
		c.err = errors.New("metadata can be kept on Linux only")
		return
	case err != nil:
		c.note(Note{s.Path, "its metadata cannot be kept: " + err.Error()})
		return
	}
	c.dropMaybe(entry.Path)
	if s.Maybe {
		c.maybe = append(c.maybe, entry)
		return
	}
	for _, above := range c.maybe {
		c.write(above)
	}
	c.maybe = c.maybe[:0]
	c.write(entry)
}

// Close ends the manifest. It does not close what is written to.
func (c *Capture) Close() (Written, error) {
	err := errors.Join(c.err, c.leave(), c.writer.Close())
	if err != nil {
		return Written{}, err
	}
	return Written{c.size, [md5.Size]byte(c.sum.Sum(nil))}, nil
}

// dropMaybe forgets the waiting folders that a path is not in.
func (c *Capture) dropMaybe(path string) {
	for len(c.maybe) > 0 && !isBelow(path, c.maybe[len(c.maybe)-1].Path) {
		c.maybe = c.maybe[:len(c.maybe)-1]
	}
}

func isBelow(path, folder string) bool {
	return folder == "" || len(path) > len(folder) && path[:len(folder)] == folder && path[len(folder)] == '/'
}

func (c *Capture) write(e Entry) {
	err := c.writer.Add(e)
	if errors.Is(err, errTooLong) {
		e.Xattrs, e.Holes = nil, nil
		c.note(Note{e.Path, "its attributes and holes are too many to be kept"})
		err = c.writer.Add(e)
	}
	switch {
	case c.writer.err != nil:
		c.err = err
	case err != nil:
		c.note(Note{e.Path, "its metadata cannot be kept: " + err.Error()})
	}
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
