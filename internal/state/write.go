package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// write replaces a file of the state folder as a whole: after a crash the old text is
// there, or the new one. On return the new one is durable. Two writers of one file
// need a lock.
func (d *Dir) write(name string, text []byte) error {
	temporary := name + ".tmp"
	if err := d.root.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, d.root.Remove(temporary))
	}
	if err := d.root.Rename(temporary, name); err != nil {
		return err
	}
	return d.syncFolder(filepath.Dir(name))
}

// syncFolder makes the names in a folder durable.
func (d *Dir) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // there a folder cannot be synced
	}
	folder, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
