//go:build linux || darwin || freebsd

package planner_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/unprivileged"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Folders and files that cannot be read are problems; an excluded folder is never
// opened, so that it is none; the rest of the job is planned.
func TestUnreadable(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	dir := t.TempDir()
	for _, folder := range []string{"open", "excluded", "reached/in", "closed"} {
		check(t, os.MkdirAll(filepath.Join(dir, folder), 0o755))
	}
	for _, file := range []string{"open/a", "open/same", "open/new", "open/resized", "excluded/x", "reached/in/y", "closed/z"} {
		check(t, os.WriteFile(filepath.Join(dir, file), []byte(file), 0o644))
	}
	for _, path := range []string{"open/same", "open/new", "open/resized", "excluded", "reached", "closed"} {
		path = filepath.Join(dir, path)
		check(t, os.Chmod(path, 0))
		t.Cleanup(func() { check(t, os.Chmod(path, 0o755)) })
	}
	rules, err := planner.NewRules([]planner.Rule{{Pattern: "excluded/"}, {Pattern: "reached/"}, {Pattern: "!reached/in/"}})
	check(t, err)
	b := jotta.NewListingBuilder()
	b.AddFile("open", "same", jotta.RemoteFile{Size: int64(len("open/same"))})
	b.AddFile("open", "resized", jotta.RemoteFile{Size: 1})
	b.AddFile("closed", "z", jotta.RemoteFile{Size: 1})
	listing, err := b.Build()
	check(t, err)
	spec := planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}}}

	plan, err := planner.Build(t.Context(), spec, lister{listing}, checksum.New(1))
	check(t, err)
	want := []planner.Problem{
		{Path: "closed", Reason: "folder cannot be opened: permission denied"},
		{Path: "open/new", Reason: "cannot be read: permission denied", Files: 1},
		{Path: "open/resized", Reason: "cannot be read: permission denied", Files: 1},
		{Path: "open/same", Reason: "cannot be read: permission denied", Files: 1},
		{Path: "reached", Reason: "folder cannot be opened: permission denied"},
	}
	if diff := cmp.Diff(want, plan.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(plan.Actions) != 1 || plan.Actions[0].Path != "open/a" {
		t.Errorf("actions are %+v, want open/a alone", plan.Actions)
	}
	checkCounts(t, plan)
}

// A root of which all that it held cannot be read is not taken for an empty one: what is
// wrong with it is said, and not what is not.
func TestUnreadableIsNotEmpty(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	check(t, os.Mkdir(closed, 0))
	t.Cleanup(func() { check(t, os.Chmod(closed, 0o755)) })
	check(t, os.WriteFile(filepath.Join(dir, "excluded"), nil, 0o644))
	rules, err := planner.NewRules([]planner.Rule{{Pattern: "excluded"}})
	check(t, err)
	listing, err := jotta.NewListingBuilder().Build()
	check(t, err)
	root := planner.Root{Path: dir, Files: 5}
	spec := planner.Spec{
		Job: "test", Target: "/d/b/f", Known: &planner.Known{Roots: []planner.Root{root}},
		Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}},
	}
	plan, err := planner.Build(t.Context(), spec, lister{listing}, checksum.New(1))
	check(t, err)
	want := []planner.Problem{{Path: "closed", Reason: "folder cannot be opened: permission denied"}}
	if diff := cmp.Diff(want, plan.Problems); diff != "" || plan.Check() != nil {
		t.Errorf("problems (-want +got):\n%srefused: %v", diff, plan.Check())
	}
}

// A link to what cannot be read is a problem like that file; one that leads out of the
// trees is none, whether what is there can be read or not.
func TestUnreadableBehindALink(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	dir := makeShared(t)
	for _, closed := range []string{"shared/closed", "elsewhere"} {
		closed = filepath.Join(dir, closed)
		check(t, os.Mkdir(closed, 0))
		t.Cleanup(func() { check(t, os.Chmod(closed, 0o755)) })
	}
	check(t, os.WriteFile(filepath.Join(dir, "shared/secret"), nil, 0))
	for link, to := range map[string]string{"file": "shared/secret", "behind": "shared/closed/file", "out": "elsewhere/file"} {
		check(t, os.Symlink(filepath.Join(dir, to), filepath.Join(dir, "root", link)))
	}
	plan := following(t, dir, nil)
	want := []planner.Problem{
		{Path: "behind", Reason: "symbolic link that cannot be followed: permission denied", Files: 1},
		{Path: "file", Reason: "cannot be read: permission denied", Files: 1},
	}
	if diff := cmp.Diff(want, plan.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(plan.Notes) != 1 || plan.Notes[0].Path != "out" {
		t.Errorf("notes are %+v, want one on out", plan.Notes)
	}
	checkCounts(t, plan)
}

// A root that cannot be opened is refused: it is not an empty one.
func TestUnreadableRoot(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	dir := t.TempDir()
	check(t, os.Chmod(dir, 0))
	t.Cleanup(func() { check(t, os.Chmod(dir, 0o755)) })
	rules, err := planner.NewRules(nil)
	check(t, err)
	spec := planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}}}
	plan, err := planner.Build(t.Context(), spec, lister{}, checksum.New(1))
	check(t, err)
	if want := []planner.Refusal{{Root: dir, Reason: "cannot be opened: permission denied"}}; !cmp.Equal(want, plan.Refusals) {
		t.Errorf("refusals are %+v, want %+v", plan.Refusals, want)
	}
	if plan.Check() == nil {
		t.Error("a refused plan passes its check")
	}
}
