//go:build darwin || freebsd

package localfs

import (
	"syscall"
	"time"
)

// openFlags keep the opening of a fifo from waiting for its other end.
const openFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

func (i *Info) addSystem(sys any) {
	if stat, ok := sys.(*syscall.Stat_t); ok {
		i.Device, i.Inode = uint64(stat.Dev), stat.Ino
		i.Changed = time.Unix(stat.Ctimespec.Unix())
	}
}
