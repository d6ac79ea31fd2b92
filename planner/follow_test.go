package planner_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// following plans a root with a link into a shared folder, against an empty cloud.
func following(t *testing.T, dir string, known *planner.Known) *planner.Plan {
	t.Helper()
	rules, err := planner.NewRules(nil)
	check(t, err)
	listing, err := jotta.NewListingBuilder().Build()
	check(t, err)
	plan, err := planner.Build(t.Context(), planner.Spec{
		Job: "test", Target: "/d/b/f", FollowLinks: true, FollowInto: []string{filepath.Join(dir, "shared")}, Known: known,
		Roots: []planner.RootSpec{{Root: planner.Root{Path: filepath.Join(dir, "root")}, Rules: rules}},
	}, lister{listing}, checksum.New(1))
	check(t, err)
	return plan
}

func makeShared(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, folder := range []string{"root", "shared/folder"} {
		check(t, os.MkdirAll(filepath.Join(dir, folder), 0o755))
	}
	check(t, os.WriteFile(filepath.Join(dir, "shared/folder/file"), nil, 0o644))
	check(t, os.Symlink("../shared/folder", filepath.Join(dir, "root/link")))
	return dir
}

// A folder that links lead into is known again like a root: by its file system, and as
// the very folder that was planned.
func TestFollowedFolderIsGuarded(t *testing.T) {
	t.Parallel()
	dir := makeShared(t)
	plan := following(t, dir, nil)
	if plan.Counts.New != 1 || plan.Actions[0].Local.Root != 1 || plan.Tree(1).Path != filepath.Join(dir, "shared") {
		t.Fatalf("%+v", plan)
	}
	if plan.Tree(1).FileSystem == "" {
		t.Skip("no file system tells who it is here")
	}
	other := *plan.Tree(1)
	other.FileSystem += "-other"
	refused := following(t, dir, &planner.Known{Roots: []planner.Root{other}})
	if !errors.Is(refused.Check(), planner.ErrRefused) || !strings.Contains(refused.Check().Error(), "shared") || !refused.Refusals[0].Acceptable {
		t.Errorf("with another file system it is %v", refused.Check())
	}

	check(t, plan.RootsInPlace())
	check(t, os.Rename(filepath.Join(dir, "shared"), filepath.Join(dir, "away")))
	check(t, os.MkdirAll(filepath.Join(dir, "shared/folder"), 0o755))
	if _, err := plan.OpenRoot(1); !errors.Is(err, planner.ErrRefused) {
		t.Errorf("another folder in its place opens: %v", err)
	}
	if err := plan.RootsInPlace(); !errors.Is(err, planner.ErrRefused) {
		t.Errorf("another folder in its place passes: %v", err)
	}
}

// jottarun's own folders are out of the reach of links, whatever they are declared to be.
func TestFollowedFolderIsNotJottarunsOwn(t *testing.T) {
	t.Parallel()
	dir := makeShared(t)
	rules, err := planner.NewRules(nil)
	check(t, err)
	plan, err := planner.Build(t.Context(), planner.Spec{
		Job: "test", Target: "/d/b/f", FollowLinks: true, FollowInto: []string{filepath.Join(dir, "shared")}, Own: []string{filepath.Join(dir, "shared")},
		Roots: []planner.RootSpec{{Root: planner.Root{Path: filepath.Join(dir, "root")}, Rules: rules}},
	}, lister{}, checksum.New(1))
	if err != nil || !errors.Is(plan.Check(), planner.ErrRefused) {
		t.Errorf("%+v, %v", plan, err)
	}
}
