package localfs

import (
	"fmt"
	"os"
	"time"
)

// Kind is what a name stands for.
type Kind uint8

// The kinds of things that a folder holds. KindSpecial is everything that is
// none of the others: fifos, sockets, devices.
const (
	KindSpecial Kind = iota
	KindFile
	KindFolder
	KindLink
)

// Info is what the file system says about a file or folder. Device, Inode and
// Changed are zero where the system does not tell.
type Info struct {
	Kind     Kind
	identity // by which the system tells files apart
	Mode     os.FileMode
	Size     int64
	Modified time.Time
	Changed  time.Time // of content or metadata
	Device   uint64
	Inode    uint64
}

// SameFile reports whether both describe one file, by identity and not by name.
func (i Info) SameFile(other Info) bool {
	return i.known() && other.known() && i.same(other)
}

// Difference says in words how a file's state differs between two looks at it,
// or "" where nothing suggests that its content changed.
func (i Info) Difference(later Info) string {
	switch {
	case i.known() && later.known() && !i.same(later):
		return "replaced by another file"
	case i.Size != later.Size:
		return fmt.Sprintf("size %d -> %d", i.Size, later.Size)
	case !i.Modified.Equal(later.Modified):
		return "modified meanwhile"
	case !i.Changed.Equal(later.Changed):
		return "metadata changed meanwhile"
	}
	return ""
}

// File is a regular file that is open for reading.
type File struct {
	file *os.File
	info Info
}

// Info returns what the file was like when it was opened.
func (f *File) Info() Info { return f.info }

// Stat returns what the file is like now.
func (f *File) Stat() (Info, error) {
	info, err := f.file.Stat()
	if err != nil {
		return Info{}, cause(err)
	}
	return newInfo(info), nil
}

// ReadAt reads from any place in the file; see io.ReaderAt. It may be used by many
// goroutines.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.file.ReadAt(p, off)
	return n, cause(err)
}

// Close gives the file's descriptor back.
func (f *File) Close() error { return f.file.Close() }

func newInfo(info os.FileInfo) Info {
	result := Info{
		Kind: kindOf(info.Mode()), Size: info.Size(), Modified: info.ModTime(),
		Mode: info.Mode(),
	}
	result.addSystem(info)
	return result
}

func kindOf(mode os.FileMode) Kind {
	switch {
	case mode.IsRegular():
		return KindFile
	case mode.IsDir():
		return KindFolder
	case mode&os.ModeSymlink != 0:
		return KindLink
	}
	return KindSpecial
}
