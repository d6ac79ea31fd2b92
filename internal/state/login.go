package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const loginFolder = "logins"

// login is the file that says which session an account uses.
type login struct {
	Version int    `json:"version"`
	Session string `json:"session"`
}

// KeptLogin returns the name of the session that an account uses since somebody signed
// in to it, "" where nobody did. It makes nothing, not even the folder at path.
func KeptLogin(path, account string) (session string, err error) {
	text, err := os.ReadFile(filepath.Join(path, loginFile(account)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read which login is kept: %w", err)
	}
	var kept login
	if json.Unmarshal(text, &kept) != nil || kept.Version != 1 || !isName(kept.Session) {
		return "", fmt.Errorf("read which login is kept: %s is damaged, or written by a newer jottarun", filepath.Join(path, loginFile(account)))
	}
	return kept.Session, nil
}

// KeepLogin says which session an account is to use.
func (d *Dir) KeepLogin(account, session string) error {
	if err := d.root.MkdirAll(loginFolder, 0o700); err != nil {
		return fmt.Errorf("write which login is kept: %w", err)
	}
	text, err := json.Marshal(login{Version: 1, Session: session})
	if err != nil {
		return err
	}
	if err := d.write(loginFile(account), append(text, '\n')); err != nil {
		return fmt.Errorf("write which login is kept: %w", err)
	}
	return nil
}

// DropLogin makes an account use no session.
func (d *Dir) DropLogin(account string) error {
	err := d.root.Remove(loginFile(account))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget which login is kept: %w", err)
	}
	return nil
}

func loginFile(account string) string { return filepath.Join(loginFolder, account+".json") }

// isName reports whether a text can name a session, and is no path.
func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	})
}
