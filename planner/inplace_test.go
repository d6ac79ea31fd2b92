package planner_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/planner"
)

// A root that is another folder by the time that a run ends is noticed.
func TestRootsInPlace(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "root")
	check(t, os.Mkdir(root, 0o755))
	check(t, os.WriteFile(filepath.Join(root, "a"), []byte("content"), 0o644))
	rules, err := planner.NewRules(nil)
	check(t, err)
	spec := planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: root}, Rules: rules}}}
	plan, err := planner.Build(t.Context(), spec, lister{listingOf(t, nil)}, checksum.New(1))
	check(t, err)
	if err := plan.RootsInPlace(); err != nil {
		t.Errorf("the root is where it was: %v", err)
	}
	plan.Roots[0].Mounts = []string{"disk"} // one that is not there now
	if err := plan.RootsInPlace(); !errors.Is(err, planner.ErrRefused) {
		t.Errorf("a lost mount is not noticed: %v", err)
	}
	plan.Roots[0].Mounts = nil
	check(t, os.Rename(root, root+"-away"))
	if err := plan.RootsInPlace(); !errors.Is(err, planner.ErrRefused) {
		t.Errorf("a lost root is not noticed: %v", err)
	}
	check(t, os.Mkdir(root, 0o755))
	if err := plan.RootsInPlace(); !errors.Is(err, planner.ErrRefused) {
		t.Errorf("another root is not noticed: %v", err)
	}
}
