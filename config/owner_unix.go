//go:build unix

package config

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keep a fifo in the place of the file from blocking the open.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK

// checkOwner refuses a file that someone else owns or may write. Group write
// counts where it would lift an ordinary group to root.
func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("has no owner to check")
	}
	user := os.Geteuid()
	mode := info.Mode().Perm()
	switch {
	case stat.Uid != 0 && int(stat.Uid) != user:
		return fmt.Errorf("belongs to user %d, not to root or to you; type: chown %d %s", stat.Uid, user, path)
	case mode&0o002 != 0:
		return fmt.Errorf("can be written by everyone (mode %04o); type: chmod o-w %s", mode, path)
	case mode&0o020 != 0 && user == 0 && stat.Gid != 0:
		return fmt.Errorf("can be written by group %d (mode %04o) and is read as root; type: chmod g-w %s", stat.Gid, mode, path)
	}
	return nil
}
