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

// unlockFile gives the lock back at once: closing alone would leave it to a child that
// is just being started and has the descriptor still.
func unlockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

func syncFolder(f *os.File) error { return f.Sync() }
