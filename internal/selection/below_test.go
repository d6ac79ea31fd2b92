package selection

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/jottarun/jottarun/config"
)

func TestBelow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := &config.Job{Roots: []config.Root{{Path: filepath.Join(dir, "one")}}}
	two := &config.Job{Roots: []config.Root{{Path: filepath.Join(dir, "one"), As: "un"}, {Path: filepath.Join(dir, "two"), As: "deux"}}}
	for _, tt := range []struct {
		job        *config.Job
		file, want string
	}{
		{one, "a/b", "a/b"},
		{one, "/a/b", "a/b"},
		{one, "./a/b", "a/b"},
		{one, "../a", "../a"},
		{one, "a/../b", "a/../b"},
		{one, "", ""},
		{one, filepath.Join(dir, "one", "a", "b"), "a/b"},
		{two, filepath.Join(dir, "one", "a", "b"), "un/a/b"},
		{two, filepath.Join(dir, "two", "a"), "deux/a"},
		{two, "deux/a", "deux/a"},
	} {
		if got := Below(tt.job, tt.file); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.file, got, tt.want)
		}
	}
	if outside := filepath.Join(dir, "one-more", "a"); Below(one, outside) == "a" {
		t.Errorf("%q is in the root", outside)
	}
}

// Where names are one to the service, a file is in the cloud under a name of its own.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for collisions, want := range map[string][]string{
		config.CollisionsRefuse: {"Foo.txt"},
		config.CollisionsRename: {"Foo.txt", "Foo~0d50ab20.txt"},
	} {
		if got := Spellings(&config.Job{Collisions: collisions}, "Foo.txt"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", collisions, got, want)
		}
	}
}
