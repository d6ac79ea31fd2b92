package localfs

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Holes returns the first holes of a regular file, at most max, and whether there are
// more. Where the file system knows none there are none.
func (n *Node) Holes(max int) (holes []Hole, more bool, err error) {
	file, err := n.open(unix.O_RDONLY)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	for at, size := int64(0), n.status.Size; at < size; {
		start, err := unix.Seek(int(file.Fd()), at, unix.SEEK_HOLE)
		if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EINVAL) {
			return holes, false, nil // the file has shrunk, or its system has no holes
		}
		if err != nil || start >= size {
			return holes, false, err
		}
		if len(holes) == max {
			return holes, true, nil
		}
		end, err := nextData(file, start, size)
		if err != nil || end <= start {
			return holes, false, err
		}
		holes = append(holes, Hole{start, end - start})
		at = end
	}
	return holes, false, nil
}

// Punch makes holes of those of the given parts of a regular file that hold nothing but
// zeros. It reads what it is about to give up, so that no content can be lost.
func (n *Node) Punch(holes []Hole) error {
	file, err := n.open(unix.O_RDWR)
	if errors.Is(err, unix.EACCES) {
		if n.hasHoles(holes) {
			return nil
		}
		file, err = n.openOwn(unix.O_RDWR)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	for _, hole := range holes {
		if err := punchZeros(file, hole, n.status.Size); err != nil {
			return err
		}
	}
	return nil
}

// hasHoles reports whether the parts are holes already.
func (n *Node) hasHoles(holes []Hole) bool {
	file, err := n.open(unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer file.Close()
	for _, hole := range holes {
		end := hole.Offset + hole.Length
		if data, err := nextData(file, hole.Offset, end); err != nil || data < end {
			return false
		}
	}
	return true
}

// SameContent reads two regular files and reports whether they hold the same.
func (n *Node) SameContent(other *Node) (bool, error) {
	if n.status.Size != other.status.Size {
		return false, nil
	}
	a, err := n.openOwn(unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := other.openOwn(unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer b.Close()
	one, two := make([]byte, contentStep), make([]byte, contentStep)
	for {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, two)
		if !bytes.Equal(one[:n], two[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return isEnd(errA) && isEnd(errB), nil
		}
	}
}

// isEnd reports whether a read has met nothing worse than the end.
func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// open opens the very file that is held.
func (n *Node) open(flags int) (*os.File, error) {
	if n.status.Type != 0 {
		return nil, ErrNotRegular
	}
	fd, err := unix.Open(n.path(), flags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, procError(err)
	}
	return os.NewFile(uintptr(fd), n.path()), nil
}

// openOwn opens also a file of one's own whose mode forbids that: it has another one for
// a moment.
func (n *Node) openOwn(flags int) (*os.File, error) {
	file, err := n.open(flags)
	if !errors.Is(err, unix.EACCES) || n.status.Owner != uint32(os.Geteuid()) {
		return file, err
	}
	if err := n.SetMode(n.status.Mode | ownerOpens); err != nil {
		return nil, err
	}
	file, err = n.open(flags)
	if again := n.SetMode(n.status.Mode); err == nil && again != nil {
		file.Close()
		return nil, again
	}
	return file, err
}

// nextData returns where data begins at or behind a place in the file, at most end.
func nextData(file *os.File, at, end int64) (int64, error) {
	data, err := unix.Seek(int(file.Fd()), at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return end, nil
	}
	return min(data, end), err
}

const ownerOpens = 0o600

// How much is read at once, to punch and to compare.
const (
	punchStep   = 1 << 20
	contentStep = 256 << 10
)

// lastBlock is more than what a file's last block has beyond its end. A block is given up
// where all of it is punched.
const lastBlock = 64 << 10

// punchZeros goes over the data in a part of a file of some size; what is a hole already
// is passed by.
func punchZeros(file *os.File, hole Hole, size int64) error {
	buffer := make([]byte, min(punchStep, hole.Length))
	for at, end := hole.Offset, hole.Offset+hole.Length; at < end; {
		data, err := nextData(file, at, end)
		if err != nil || data == end {
			return err
		}
		at = data
		n, err := file.ReadAt(buffer[:min(int64(len(buffer)), end-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return cause(err)
		}
		if n == 0 {
			return nil // the file is shorter
		}
		if isZero(buffer[:n]) {
			mode := uint32(unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE)
			length := int64(n)
			if at+length == size {
				length += lastBlock
			}
			if err := unix.Fallocate(int(file.Fd()), mode, at, length); err != nil {
				return err
			}
		}
		at += int64(n)
	}
	return nil
}

func isZero(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}
