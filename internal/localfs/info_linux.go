package localfs

import (
	"os"
	"syscall"
	"time"
)

func (i *Info) addSystem(info os.FileInfo) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		i.identity = identity{true}
		i.Device, i.Inode = uint64(stat.Dev), stat.Ino
		i.Changed = time.Unix(stat.Ctim.Unix())
	}
}
