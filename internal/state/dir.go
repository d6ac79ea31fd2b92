// Package state keeps what jottarun remembers between runs, in one folder that
// only its owner may read.
package state

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Locate returns the state folder: the configured one, else $STATE_DIRECTORY
// (which systemd sets; of several folders the first), else /var/lib/jottarun for root and
// $XDG_STATE_HOME/jottarun or ~/.local/state/jottarun for others.
func Locate(configured string, lookup func(string) (string, bool), home string) (string, error) {
	if configured != "" {
		return configured, nil
	}
	if dirs, ok := lookup("STATE_DIRECTORY"); ok {
		if list := filepath.SplitList(dirs); len(list) > 0 && filepath.IsAbs(list[0]) {
			return list[0], nil
		}
	}
	if os.Geteuid() == 0 {
		return "/var/lib/jottarun", nil
	}
	if dir, ok := lookup("XDG_STATE_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "jottarun"), nil
	}
	if home == "" {
		return "", errors.New("find state folder: there is no home folder; set settings.state_dir in the jobs file")
	}
	return filepath.Join(home, ".local", "state", "jottarun"), nil
}

// Dir is the state folder. What is written there goes through an os.Root.
type Dir struct {
	path    string
	root    *os.Root
	account string // whose proofs count; see ForAccount
}

// Open opens the state folder, making it, for its owner alone, where it does not
// exist.
func Open(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("create state folder: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open state folder: %w", err)
	}
	if info, err := root.Stat("."); err == nil && info.Mode().Perm()&0o002 != 0 {
		root.Close()
		return nil, fmt.Errorf("open state folder: everybody can write to %s: chmod o-w %s", path, path)
	}
	return &Dir{path: path, root: root}, nil
}

// ForAccount has the proofs that are appended be of an account, and those of other
// accounts be none: what is in one cloud is not in another, though targets are called the
// same. Without it, or where a proof says of none whose it is, all count. The identity
// is any text that tells accounts apart; a digest of it is kept.
func (d *Dir) ForAccount(identity string) {
	sum := sha256.Sum256([]byte(identity))
	d.account = hex.EncodeToString(sum[:8])
}

// Close gives the folder's descriptor back.
func (d *Dir) Close() error { return d.root.Close() }

// Path returns where the folder is.
func (d *Dir) Path() string { return d.path }
