//go:build unix

package planner_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// cached is a tree, a cloud, and a cache that lives from plan to plan.
type cached struct {
	t     tester
	root  string
	state *state.Dir
	cloud map[string]string // contents by path
	spec  planner.Spec
	ahead time.Duration // of the clock: how long ago the files seem to have changed
	last  time.Time     // when a file was last changed, as the file system has it
}

type tester interface {
	Helper()
	Fatal(...any)
	Context() context.Context
}

func newCached(t tester, dir string) *cached {
	t.Helper()
	c := &cached{t: t, root: filepath.Join(dir, "root"), cloud: map[string]string{}, ahead: time.Minute}
	err := os.MkdirAll(c.root, 0o755)
	if err == nil {
		c.state, err = state.Open(filepath.Join(dir, "state"))
	}
	rules, rulesErr := planner.NewRules(nil)
	if err != nil || rulesErr != nil {
		t.Fatal(err, rulesErr)
	}
	c.spec = planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: c.root}, Rules: rules}}}
	c.spec.Now = func() time.Time { return time.Now().Add(c.ahead) }
	return c
}

// write makes a file here, with its times.
func (c *cached) write(path, content string) {
	c.t.Helper()
	full := filepath.Join(c.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.tick(full, time.Now())
}

// tick sets a file's mtime, and makes sure that its ctime is later than any before: the
// clock of a file system stands still for some milliseconds.
func (c *cached) tick(full string, modified time.Time) {
	c.t.Helper()
	tree, err := localfs.OpenTree(filepath.Dir(full))
	if err != nil {
		c.t.Fatal(err)
	}
	defer tree.Close()
	for before := c.last; !c.last.After(before); {
		info, err := tree.Lstat(filepath.Base(full))
		if err == nil && !info.Changed.After(before) {
			err = os.Chtimes(full, modified, modified)
		}
		if err != nil {
			c.t.Fatal(err)
		}
		c.last = info.Changed
	}
}

// rewrite changes the content of a file and puts its mtime back.
func (c *cached) rewrite(path, content string) {
	c.t.Helper()
	full := filepath.Join(c.root, path)
	info, err := os.Stat(full)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(path, content)
	if err := os.Chtimes(full, info.ModTime(), info.ModTime()); err != nil {
		c.t.Fatal(err)
	}
	c.tick(full, info.ModTime())
}

func (c *cached) plan() *planner.Plan {
	c.t.Helper()
	checksums := c.state.OpenChecksums("test", c.spec.Rehash, slog.New(slog.DiscardHandler))
	defer checksums.Close()
	return c.planWith(checksums)
}

func (c *cached) planWith(checksums planner.Checksums) *planner.Plan {
	c.t.Helper()
	b := jotta.NewListingBuilder()
	for path, content := range c.cloud {
		folder, name := "", path
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			folder, name = path[:i], path[i+1:]
		}
		b.AddFile(folder, name, jotta.RemoteFile{Size: int64(len(content)), MD5: md5.Sum([]byte(content))})
	}
	listing, err := b.Build()
	if err != nil {
		c.t.Fatal(err)
	}
	spec := c.spec
	spec.Checksums = checksums
	plan, err := planner.Build(c.t.Context(), spec, lister{listing}, checksum.New(2))
	if err != nil {
		c.t.Fatal(err)
	}
	return plan
}

// expect holds a plan to how much was read and how much known.
func expect(t *testing.T, plan *planner.Plan, read, known int64) {
	t.Helper()
	if c := plan.Counts; c.ReadBytes != read || c.CachedBytes != known {
		t.Errorf("%d bytes were read and %d known, want %d and %d", c.ReadBytes, c.CachedBytes, read, known)
	}
}

func TestKnownFilesAreNotRead(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	for _, path := range []string{"a", "x/b", "x/y/c"} {
		c.write(path, "1234567890")
		c.cloud[path] = "1234567890"
	}
	expect(t, c.plan(), 30, 0)
	expect(t, c.plan(), 0, 30)
	c.write("x/b", "1234567899")
	changed := c.plan()
	expect(t, changed, 10, 20)
	if changed.Counts.Changed != 1 || changed.Counts.Unchanged != 2 {
		t.Errorf("counts are %+v", changed.Counts)
	}
	expect(t, c.plan(), 0, 30) // it is known to differ
	c.rewrite("x/b", "1234567890")
	expect(t, c.plan(), 10, 20)
	if err := os.Remove(filepath.Join(c.root, "x/y/c")); err != nil {
		t.Fatal(err)
	}
	expect(t, c.plan(), 0, 20)
	c.cloud = map[string]string{}
	expect(t, c.plan(), 0, 0) // new files are none of the planner's business
}

// TestRenamedFolderIsKnown also plans it as moved: its files are new here, and only
// their checksums tell.
func TestRenamedFolderIsKnown(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	for i := range 5 {
		path := fmt.Sprintf("old/deep/%d", i)
		c.write(path, fmt.Sprintf("content %d", i))
		c.cloud[path] = fmt.Sprintf("content %d", i)
	}
	expect(t, c.plan(), 45, 0)
	if err := os.Rename(filepath.Join(c.root, "old"), filepath.Join(c.root, "new")); err != nil {
		t.Fatal(err)
	}
	c.spec.Prune = planner.Prune{Mode: planner.PruneTrash, Max: planner.Limit{Files: -1, Share: 1}}
	c.spec.Known = &planner.Known{Roots: []planner.Root{{Path: c.root, Files: 5}}}
	moved := c.plan()
	expect(t, moved, 0, 45)
	if moved.Counts.Moved != 5 {
		t.Errorf("counts are %+v, want 5 moved", moved.Counts)
	}
	for i := range 5 {
		c.cloud[fmt.Sprintf("new/deep/%d", i)] = fmt.Sprintf("content %d", i)
	}
	expect(t, c.plan(), 0, 45)
}

// TestRacilyCleanIsReadAgain looks at files that changed just before they were read.
func TestRacilyCleanIsReadAgain(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	c.ahead = time.Second
	c.write("a", "1234567890")
	c.cloud["a"] = "1234567890"
	expect(t, c.plan(), 10, 0)
	expect(t, c.plan(), 10, 0)
	c.ahead = time.Minute
	expect(t, c.plan(), 10, 0)
	expect(t, c.plan(), 0, 10)
}

// TestRefusalForgetsNothing empties a root as an unmounted disk does: what is remembered
// of it stays.
func TestRefusalForgetsNothing(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	c.write("a", "1234567890")
	c.cloud["a"] = "1234567890"
	c.plan()
	away := filepath.Join(filepath.Dir(c.root), "away")
	if err := os.Rename(filepath.Join(c.root, "a"), away); err != nil {
		t.Fatal(err)
	}
	c.spec.Known = &planner.Known{Roots: []planner.Root{{Path: c.root, Files: 1}}}
	if plan := c.plan(); plan.Check() == nil {
		t.Fatal("an empty root is not refused")
	}
	checksums := c.state.OpenChecksums("test", 0, slog.New(slog.DiscardHandler))
	defer checksums.Close()
	if files, _ := checksums.Folder(c.root, "", 0); len(files) != 1 {
		t.Errorf("after the refusal %v is remembered", files)
	}
}

// fakeChecksums remember what a test says, to have content change behind the file
// system's back.
type fakeChecksums struct {
	files []checksum.Remembered
	due   bool
}

func (f *fakeChecksums) Folder(string, string, uint64) ([]checksum.Remembered, bool) {
	return slices.Clone(f.files), false
}
func (f *fakeChecksums) Remember(_, _ string, _ uint64, files []checksum.Remembered) { f.files = files }
func (f *fakeChecksums) Due(string, string, string) bool                             { return f.due }
func (f *fakeChecksums) Sweep()                                                      {}

func TestDecay(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	c.write("a", "decayed!")
	c.cloud["a"] = "good one"
	fake := &fakeChecksums{}
	c.planWith(fake) // learns the state of the file
	good := md5.Sum([]byte("good one"))
	fake.files[0].MD5 = good

	expect(t, c.planWith(fake), 0, 8) // not its turn
	fake.due = true
	decayed := c.planWith(fake)
	if decayed.Counts.Changed > 0 || len(decayed.Problems) != 1 || !strings.Contains(decayed.Problems[0].Reason, "--accept-changed") {
		t.Fatalf("a file that decayed is planned as %+v, %+v", decayed.Actions, decayed.Problems)
	}
	fake.due = false
	if again := c.planWith(fake); len(again.Problems) != 1 {
		t.Error("what is suspect is forgotten in the next run")
	}
	for _, accepted := range []string{"b", "a/x", "", "/"} {
		c.spec.AcceptChanged = []string{accepted}
		if plan := c.planWith(fake); len(plan.Problems) != 1 {
			t.Errorf("to accept %q accepts it", accepted)
		}
	}
	for _, accepted := range []string{"a", filepath.Join(c.root, "a"), c.root, c.root + "/"} {
		c.spec.AcceptChanged = []string{accepted}
		if plan := c.planWith(fake); plan.Counts.Changed != 1 || len(plan.Problems) > 0 {
			t.Errorf("to accept %q does not accept it", accepted)
		}
	}
	c.spec.AcceptChanged = nil
	if plan := c.planWith(fake); len(plan.Problems) != 1 {
		t.Error("to plan with it accepts it for good")
	}
	c.rewrite("a", "good one") // the user brings the good copy back
	if plan := c.planWith(fake); plan.Counts.Unchanged != 1 || fake.files[0].Suspect {
		t.Errorf("restored it is %+v, %+v", plan.Counts, fake.files)
	}
}

func TestDueAndSound(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	c.write("a", "12345678")
	c.cloud["a"] = "12345678"
	c.plan()
	c.spec.Rehash = 1
	expect(t, c.plan(), 8, 0)
	if plan := c.plan(); plan.Counts.Unchanged != 1 || len(plan.Problems) > 0 {
		t.Errorf("a sound file is %+v", plan)
	}
}

// TestRemember has a run's uploads remembered, but those that the proof misses.
func TestRemember(t *testing.T) {
	t.Parallel()
	c := newCached(t, t.TempDir())
	c.write("x/a", "12345678")
	c.write("x/lost", "12345678")
	plan := c.plan()
	sum := md5.Sum([]byte("12345678"))
	stored := stat(t, c.root, "x/a", "x/lost")
	for i := range stored {
		stored[i].MD5 = sum
	}
	checksums := c.state.OpenChecksums("test", 0, slog.New(slog.DiscardHandler))
	plan.Remember(stored, &planner.Proof{Missing: []planner.Problem{{Path: "x/lost"}}}, c.spec.Now(), checksums)
	checksums.Close()
	c.cloud["x/a"], c.cloud["x/lost"] = "12345678", "12345678"
	expect(t, c.plan(), 8, 8)
}

// TestCacheEqualsReading edits a tree at random and plans it with the cache and without:
// the plans are the same.
func TestCacheEqualsReading(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	rounds, known := 0, int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		rounds++
		c := newCached(rt, filepath.Join(base, fmt.Sprint(rounds)))
		defer c.state.Close()
		name := rapid.SampledFrom([]string{"a", "b", "x/a", "x/b", "x/y/a", "z/a", "z/y/b"})
		content := rapid.SampledFrom([]string{"1111", "2222", "3333", "longer"})
		for range rapid.IntRange(2, 10).Draw(rt, "steps") {
			at := name.Draw(rt, "path")
			full := filepath.Join(c.root, at)
			switch rapid.IntRange(0, 6).Draw(rt, "step") {
			case 0, 1:
				c.write(at, content.Draw(rt, "content"))
			case 2:
				if _, err := os.Stat(full); err == nil {
					c.rewrite(at, content.Draw(rt, "content"))
				}
			case 3:
				_ = os.Rename(full, filepath.Join(c.root, name.Draw(rt, "to"))) // may not be there
			case 4:
				from, to := rapid.SampledFrom([]string{"x", "x/y", "z"}).Draw(rt, "folder"), rapid.SampledFrom([]string{"x", "w", "z"}).Draw(rt, "place")
				_ = os.Rename(filepath.Join(c.root, from), filepath.Join(c.root, to))
			case 5:
				_ = os.RemoveAll(filepath.Dir(full) + "/a")
			case 6:
				c.cloud[at] = content.Draw(rt, "content")
			}
			got, want := c.plan(), c.planWith(nil)
			known += got.Counts.CachedBytes
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(planner.Plan{}), cmpopts.IgnoreFields(planner.Counts{}, "ReadBytes", "CachedBytes")); diff != "" {
				rt.Fatalf("the plan with the cache differs (-without +with):\n%s", diff)
			}
		}
	})
	if known == 0 {
		t.Error("nothing was ever known")
	}
}
