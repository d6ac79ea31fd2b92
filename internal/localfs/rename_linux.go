package localfs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNew gives a file a name that nothing has yet.
func (f *Folder) renameNew(from, to string) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	at := int(dir.Fd())
	err = unix.Renameat2(at, from, at, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return f.renameByLink(from, to) // not every file system can, like NFS
	}
	return err
}
