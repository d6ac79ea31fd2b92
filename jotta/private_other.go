//go:build !unix

package jotta

import (
	"errors"
	"os"
)

const openNonblock = 0

// checkPrivate says why a file cannot be trusted to hold a password. Who else can
// read it does not show in its mode here.
func checkPrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	return nil
}
