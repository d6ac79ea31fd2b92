//go:build unix

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keep a fifo in the place of the file from blocking the open.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// checkOwner refuses a file that someone else owns or may write.
func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("has no owner to check")
	}
	return ownership{int(stat.Uid), int(stat.Gid), info.Mode().Perm()}.check(path, os.Geteuid())
}

type ownership struct {
	uid, gid int
	mode     fs.FileMode
}

// check refuses group write only where it would lift an ordinary group to root.
func (o ownership) check(path string, user int) error {
	switch {
	case o.uid != 0 && o.uid != user:
		return fmt.Errorf("belongs to user %d, not to root or to you; type: chown %d %s", o.uid, user, path)
	case o.mode&0o002 != 0:
		return fmt.Errorf("can be written by everyone (mode %04o); type: chmod o-w %s", o.mode, path)
	case o.mode&0o020 != 0 && user == 0 && o.gid != 0:
		return fmt.Errorf("can be written by group %d (mode %04o) and is read as root; type: chmod g-w %s", o.gid, o.mode, path)
	}
	return nil
}
