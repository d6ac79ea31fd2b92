//go:build unix

package jotta

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// openNonblock keeps the opening of a fifo from waiting for its writer.
const openNonblock = syscall.O_NONBLOCK

// checkPrivate says why a file cannot be trusted to hold a password.
func checkPrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read it (mode %04o): chmod 600 %s", info.Mode().Perm(), file.Name())
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to somebody else (uid %d): make it yours, and chmod 600 %s", stat.Uid, file.Name())
	}
	return nil
}
