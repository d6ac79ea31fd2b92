//go:build linux || darwin || freebsd

package localfs

import (
	"os"

	"golang.org/x/sys/unix"
)

// Readable reports whether a file's mode alone lets this process read it. Where
// it does not, CheckReadable knows more.
func (i Info) Readable() bool {
	return i.Mode&0o444 == 0o444 || os.Geteuid() == 0
}

// CheckReadable asks the system whether a file in the folder may be opened for
// reading, without opening it.
func (f *Folder) CheckReadable(name string) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return cause(err)
	}
	defer dir.Close()
	return unix.Faccessat(int(dir.Fd()), name, unix.R_OK, unix.AT_EACCESS)
}
