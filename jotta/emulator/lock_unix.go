//go:build unix

package emulator

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the lock that the process holds until the file is closed, however
// the process ends.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

func syncFolder(f *os.File) error { return f.Sync() }
