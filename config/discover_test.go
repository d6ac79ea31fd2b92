package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/config"
)

// TestDiscover takes the places away one by one, the nearest first.
func TestDiscover(t *testing.T) {
	home := t.TempDir()
	xdg := filepath.Join(home, "xdg")
	t.Chdir(t.TempDir())
	inConfig := filepath.Join(home, ".config", "jottarun", "jobs.yaml")
	inXDG := filepath.Join(xdg, "jottarun", "jobs.yaml")
	for _, path := range []string{"jobs.yaml", inConfig, inXDG} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := map[string]string{"JOTTARUN_CONFIG": "elsewhere.yaml", "XDG_CONFIG_HOME": xdg}
	env := config.Env{Home: home, Lookup: func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}}
	expect := func(explicit, want string) {
		t.Helper()
		var named []string
		if explicit != "" {
			named = []string{explicit}
		}
		if got, err := config.Discover(named, env); !slices.Equal(got, []string{want}) || err != nil {
			t.Errorf("Discover(%q) = %q, %v; want %q", explicit, got, err, want)
		}
	}
	expect("mine.yaml", "mine.yaml")
	expect("", "elsewhere.yaml")
	delete(vars, "JOTTARUN_CONFIG")
	expect("", "jobs.yaml")
	remove(t, "jobs.yaml")
	expect("", inXDG)
	vars["XDG_CONFIG_HOME"] = "relative"
	expect("", inConfig)
	remove(t, inConfig)

	if _, err := os.Stat("/etc/jottarun/jobs.yaml"); err == nil {
		t.Fatal("this machine has a jobs file of its own in /etc")
	}
	_, err := config.Discover(nil, env)
	for _, want := range []string{"$JOTTARUN_CONFIG", "jobs.yaml", inConfig, "/etc/jottarun/jobs.yaml", "jottarun init"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Discover = %v, want %q in it", err, want)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
