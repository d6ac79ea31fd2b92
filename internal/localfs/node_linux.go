package localfs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Node is something of any kind, held without being opened: no link is followed, no
// fifo waited for, no device touched. It stays that one thing, whatever its name comes
// to stand for. What it is asked for or changed in goes by /proc where the system has
// no other way.
type Node struct {
	fd     int // of O_PATH
	status Status
}

// Close gives the node's descriptor back.
func (n *Node) Close() error { return unix.Close(n.fd) }

// Status returns what the node was like when it was last looked at.
func (n *Node) Status() Status { return n.status }

// Target returns where a symbolic link leads.
func (n *Node) Target() (string, error) {
	buffer := make([]byte, maxTarget)
	size, err := unix.Readlinkat(n.fd, "", buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:size]), nil
}

// Xattrs returns the extended attributes in the order of their names. Beside an error
// it returns those that could be read.
func (n *Node) Xattrs() ([]Xattr, error) {
	names, err := n.xattrNames()
	if err != nil {
		return nil, err
	}
	var xattrs []Xattr
	var errs []error
	for _, name := range names {
		value, err := n.Xattr(name)
		switch {
		case err == nil:
			xattrs = append(xattrs, Xattr{name, value})
		case !errors.Is(err, unix.ENODATA): // else it is gone meanwhile
			errs = append(errs, fmt.Errorf("attribute %q: %w", name, err))
		}
	}
	return xattrs, errors.Join(errs...)
}

func (n *Node) xattrNames() ([]string, error) {
	buffer := make([]byte, 1<<10)
	size, err := unix.Listxattr(n.path(), buffer)
	if errors.Is(err, unix.ERANGE) {
		buffer = make([]byte, maxXattrSize)
		size, err = unix.Listxattr(n.path(), buffer)
	}
	switch {
	case errors.Is(err, unix.ENOTSUP):
		return nil, nil
	case err != nil:
		return nil, procError(err)
	}
	names := strings.FieldsFunc(string(buffer[:size]), func(r rune) bool { return r == 0 })
	slices.Sort(names)
	return names, nil
}

// Xattr returns one attribute's value.
func (n *Node) Xattr(name string) ([]byte, error) {
	buffer := make([]byte, 256)
	size, err := unix.Getxattr(n.path(), name, buffer)
	if errors.Is(err, unix.ERANGE) {
		buffer = make([]byte, maxXattrSize)
		size, err = unix.Getxattr(n.path(), name, buffer)
	}
	if err != nil {
		return nil, err
	}
	return buffer[:size:size], nil
}

// SetXattr gives an attribute a value.
func (n *Node) SetXattr(name string, value []byte) error {
	return unix.Setxattr(n.path(), name, value, 0)
}

// RemoveXattr takes an attribute away.
func (n *Node) RemoveXattr(name string) error { return unix.Removexattr(n.path(), name) }

// SetOwner changes owner and group; set-uid and set-gid bits are lost by it.
func (n *Node) SetOwner(owner, group uint32) error {
	return unix.Fchownat(n.fd, "", int(owner), int(group), unix.AT_EMPTY_PATH)
}

// SetMode changes the mode. A symbolic link has none.
func (n *Node) SetMode(mode uint32) error {
	if n.status.Type == os.ModeSymlink {
		return errors.ErrUnsupported
	}
	return procError(unix.Fchmodat(unix.AT_FDCWD, n.path(), mode, 0))
}

// SetModified changes the time of modification, and no other.
func (n *Node) SetModified(t time.Time) error {
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Sec: t.Unix(), Nsec: int64(t.Nanosecond())}}
	return procError(unix.UtimesNanoAt(unix.AT_FDCWD, n.path(), times, 0))
}

// Look asks anew what the node is like.
func (n *Node) Look() error {
	var stat unix.Stat_t
	if err := unix.Fstat(n.fd, &stat); err != nil {
		return err
	}
	n.status = Status{
		Type: fileType(stat.Mode), Mode: stat.Mode & 0o7777, Owner: stat.Uid, Group: stat.Gid,
		Size: stat.Size, Allocated: int64(stat.Blocks) * 512, Modified: time.Unix(int64(stat.Mtim.Sec), int64(stat.Mtim.Nsec)),
		Device: uint64(stat.Dev), Inode: stat.Ino, Links: uint64(stat.Nlink),
		Major: unix.Major(uint64(stat.Rdev)), Minor: unix.Minor(uint64(stat.Rdev)),
	}
	return nil
}

func fileType(mode uint32) os.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return os.ModeDir
	case unix.S_IFLNK:
		return os.ModeSymlink
	case unix.S_IFIFO:
		return os.ModeNamedPipe
	case unix.S_IFSOCK:
		return os.ModeSocket
	case unix.S_IFBLK:
		return os.ModeDevice
	case unix.S_IFCHR:
		return os.ModeDevice | os.ModeCharDevice
	}
	return 0
}

// path leads to the very thing that is held, also where that is a symbolic link: what
// /proc shows is no link to be followed by name.
func (n *Node) path() string { return fmt.Sprintf("/proc/self/fd/%d", n.fd) }

// procError names what is missing where there is no /proc.
func procError(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return errors.New("/proc is not mounted")
	}
	return err
}
