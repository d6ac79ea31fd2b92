package state_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jottarun/jottarun/internal/state"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	withoutAny, withXDG := "/home/me/.local/state/jottarun", "/xdg/jottarun"
	if os.Geteuid() == 0 {
		withoutAny, withXDG = "/var/lib/jottarun", "/var/lib/jottarun"
	}
	for _, c := range []struct {
		name, configured string
		environment      map[string]string
		want             string
	}{
		{"configured", "/srv/state", map[string]string{"STATE_DIRECTORY": "/run/a", "XDG_STATE_HOME": "/xdg"}, "/srv/state"},
		{"systemd", "", map[string]string{"STATE_DIRECTORY": "/var/lib/a", "XDG_STATE_HOME": "/xdg"}, "/var/lib/a"},
		{"systemd, several", "", map[string]string{"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, "/var/lib/a"},
		{"relative ones do not count", "", map[string]string{"STATE_DIRECTORY": "a", "XDG_STATE_HOME": "b"}, withoutAny},
		{"empty ones do not count", "", map[string]string{"STATE_DIRECTORY": "", "XDG_STATE_HOME": ""}, withoutAny},
		{"XDG", "", map[string]string{"XDG_STATE_HOME": "/xdg"}, withXDG},
		{"nothing", "", nil, withoutAny},
	} {
		lookup := func(name string) (string, bool) { value, ok := c.environment[name]; return value, ok }
		if got, err := state.Locate(c.configured, lookup, "/home/me"); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestTheStateFolderIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b")
	dir, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, made := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", made, info.Mode(), err)
		}
	}
	if dir.Path() != path {
		t.Errorf("path %q", dir.Path())
	}
	if _, err := state.Open(filepath.Join(path, "x\x00")); err == nil {
		t.Error("a folder that cannot be made is no error")
	}
}
