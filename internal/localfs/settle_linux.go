package localfs

import (
	"os"

	"golang.org/x/sys/unix"
)

// writeOut has the system begin to write what is only in memory. A page that it begins
// to write it watches again: there is no need to wait for the disk.
func writeOut(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	const begin = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE
	var written error
	err = raw.Control(func(fd uintptr) { written = unix.SyncFileRange(int(fd), 0, 0, begin) })
	if err != nil {
		return err
	}
	return written
}
