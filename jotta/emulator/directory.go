package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The names at the top of a cloud's folder.
const (
	markerName   = "jottarun-emulator.json"
	lockName     = "lock"
	passwordName = "password"
	contentName  = "content"
	snapshotName = "snapshot"
	journalStem  = "journal."
)

// formatVersion is that of everything kept in the folder.
const formatVersion = 1

type marker struct {
	Format int `json:"format_version"`
}

// ErrNotACloud says that the folder holds something else than an emulator's cloud.
var ErrNotACloud = errors.New("folder is not empty and holds no emulator's cloud")

// ErrInUse says that another process has the cloud open.
var ErrInUse = errors.New("cloud is in use by another process")

// directory is a cloud's folder, held by this process alone. All access goes through
// root, so that no symbolic link leads out of it.
type directory struct {
	root *os.Root
	lock *os.File
}

// openDirectory makes the folder if need be, refuses a foreign one, and locks it.
func openDirectory(path string) (*directory, error) {
	if path == "" {
		return nil, errors.New("open cloud: no directory given")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("create cloud: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open cloud: %w", err)
	}
	d := &directory{root: root}
	if err := d.claim(); err != nil {
		return nil, errors.Join(fmt.Errorf("open cloud %q: %w", path, err), d.close())
	}
	return d, nil
}

func (d *directory) claim() error {
	if err := d.check(); err != nil {
		return err
	}
	lock, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	d.lock = lock
	if err := lockFile(lock); err != nil {
		return err
	}
	if err := d.root.Chmod(".", 0o700); err != nil {
		return err
	}
	if err := d.makeFolder(contentName); err != nil {
		return err
	}
	if _, err := d.root.Stat(markerName); errors.Is(err, fs.ErrNotExist) {
		body, err := json.Marshal(marker{formatVersion})
		if err != nil {
			return err
		}
		return d.replace(markerName, append(body, '\n'))
	}
	return nil
}

// check refuses a folder that is somebody else's, or from a newer program.
func (d *directory) check() error {
	body, err := d.root.ReadFile(markerName)
	if errors.Is(err, fs.ErrNotExist) {
		return d.checkEmpty()
	}
	if err != nil {
		return err
	}
	var m marker
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("read %s: %w", markerName, err)
	}
	if m.Format != formatVersion {
		return fmt.Errorf("format version %d is not known, only %d", m.Format, formatVersion)
	}
	return nil
}

// checkEmpty allows what a start that was cut short may have left.
func (d *directory) checkEmpty() error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch name := entry.Name(); name {
		case lockName, passwordName, contentName, markerName + temporary, passwordName + temporary:
		default:
			return fmt.Errorf("%w: it has %q", ErrNotACloud, name)
		}
	}
	return nil
}

const temporary = ".tmp"

// replace writes a small file so that a crash leaves the old one or the new one.
func (d *directory) replace(name string, body []byte) error {
	f, err := d.root.OpenFile(name+temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := d.root.Rename(name+temporary, name); err != nil {
		return err
	}
	return d.sync(".")
}

func (d *directory) makeFolder(name string) error {
	if err := d.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// sync makes the entries of a folder durable.
func (d *directory) sync(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(f), f.Close())
}

// password is the one kept in the folder, made on first use.
func (d *directory) password() (string, error) {
	body, err := d.root.ReadFile(passwordName)
	if kept := strings.TrimSpace(string(body)); err == nil && kept != "" {
		return kept, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	made := randomToken()
	return made, d.replace(passwordName, []byte(made+"\n"))
}

func (d *directory) close() error {
	var err error
	if d.lock != nil {
		err = errors.Join(unlockFile(d.lock), d.lock.Close())
	}
	return errors.Join(err, d.root.Close())
}
