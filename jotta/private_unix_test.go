//go:build unix

package jotta

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A .netrc that others can read, or that is no file at all, is refused.
func TestNetrcMustBePrivate(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660, 0o400, 0o600} {
		home := t.TempDir()
		path := filepath.Join(home, ".netrc")
		writeFile(t, path, oneLogin, mode)
		_, err := FindCredentials(CredentialOptions{Home: home})
		if private := mode&0o077 == 0; private != (err == nil) {
			t.Errorf("mode %o: %v", mode, err)
		}
		if err != nil && (!errors.Is(err, ErrNoCredentials) || !strings.Contains(err.Error(), "chmod 600 "+path)) {
			t.Errorf("mode %o: %v does not say what to do", mode, err)
		}
	}
}

func TestNetrcOfSomebodyElse(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	home := t.TempDir()
	path := filepath.Join(home, ".netrc")
	writeFile(t, path, oneLogin, 0o600)
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := FindCredentials(CredentialOptions{Home: home}); err == nil || !strings.Contains(err.Error(), "belongs to somebody else (uid 12345)") {
		t.Errorf("got %v", err)
	}
}

// A fifo without a writer, or a folder, does not hold the program up.
func TestNetrcThatIsNoFile(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(string) error{
		"fifo":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		home := t.TempDir()
		if err := make(filepath.Join(home, ".netrc")); err != nil {
			t.Fatal(err)
		}
		if _, err := FindCredentials(CredentialOptions{Home: home}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
