package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// Scratch returns a new file without a name: whatever becomes of the process, nothing of
// it is left once it is closed.
func (d *Dir) Scratch() (*os.File, error) {
	name := "scratch-" + rand.Text()
	file, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create scratch file: %w", err)
	}
	if err := d.root.Remove(name); err != nil {
		return nil, errors.Join(fmt.Errorf("create scratch file: %w", err), file.Close())
	}
	return file, nil
}
