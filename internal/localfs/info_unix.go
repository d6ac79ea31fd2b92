//go:build linux || darwin || freebsd

package localfs

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// openFlags keep the opening of a fifo from waiting for its other end.
const openFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

// identity is device and inode, where the system was asked at all.
type identity struct{ stated bool }

func (i identity) known() bool { return i.stated }

func (i Info) same(other Info) bool { return i.Device == other.Device && i.Inode == other.Inode }

// lstatIn describes a name in the folder, which is open as dir as well: one system call,
// on a descriptor that no name leads away from. It is what a scan does most.
func (f *Folder) lstatIn(dir *os.File, name string) (Info, error) {
	var stat unix.Stat_t
	for {
		err := unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			return Info{}, err
		}
	}
	mode := fileMode(uint32(stat.Mode))
	return Info{
		Kind: kindOf(mode), identity: identity{true}, Mode: mode, Size: stat.Size,
		Modified: time.Unix(stat.Mtim.Unix()), Changed: time.Unix(stat.Ctim.Unix()),
		Device: uint64(stat.Dev), Inode: stat.Ino,
	}, nil
}

// fileMode is the system's mode in Go's terms.
func fileMode(system uint32) fs.FileMode {
	mode := fs.FileMode(system & 0o777)
	switch system & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	default:
		mode |= fs.ModeIrregular
	}
	if system&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if system&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if system&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
