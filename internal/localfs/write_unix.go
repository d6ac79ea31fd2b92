//go:build linux || darwin || freebsd

package localfs

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// NewFileMode is the mode that this process gives to a new file. As it has to set the
// umask to read it, it is to be called before others make files.
func NewFileMode() os.FileMode {
	mask := unix.Umask(0o077)
	unix.Umask(mask)
	return 0o666 &^ os.FileMode(mask)
}

// FreeSpace returns how many bytes may still be written to the file system at path.
func FreeSpace(path string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, err
	}
	return max(0, int64(stat.Bavail)) * int64(stat.Bsize), nil
}

// IsFull reports whether an error is for want of space on a disk.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Lock keeps other restores out of the tree until it is unlocked, or the process ends.
func (t *Tree) Lock() (unlock func() error, err error) {
	dir, err := t.root.Open(".")
	if err != nil {
		return nil, cause(err)
	}
	err = unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, errors.Join(ErrInUse, dir.Close())
	case err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) && !errors.Is(err, unix.EBADF):
		return nil, errors.Join(err, dir.Close()) // else the file system has no locks
	}
	return dir.Close, nil
}

// setTime sets the time of a name in the folder, and not of what a link leads to.
func (f *Folder) setTime(name string, modified time.Time) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	at, err := unix.TimeToTimespec(modified)
	if err != nil {
		return err
	}
	return unix.UtimesNanoAt(int(dir.Fd()), name, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
}

// isOwnAlone reports whether a file is this user's own, has no other name, and cannot be
// open for writing in other hands.
func isOwnAlone(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 1 && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o022 == 0
}

// giveTo makes the owner of another file that of this one, as far as the system lets us.
func giveTo(file *os.File, like os.FileInfo) {
	if stat, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(stat.Uid), int(stat.Gid)) // else it stays our own
	}
}
