package planner

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
)

func TestWalkOrderIsThatOfNames(t *testing.T) {
	t.Parallel()
	paths := rapid.SliceOfN(rapid.StringMatching(`[a!/.\x00]{0,6}`), 2, 2)
	rapid.Check(t, func(rt *rapid.T) {
		p := paths.Draw(rt, "paths")
		want := slices.Compare(strings.Split(p[0], "/"), strings.Split(p[1], "/"))
		if got := walkOrder(p[0], p[1]); got != want {
			rt.Errorf("%q and %q: %d, want %d", p[0], p[1], got, want)
		}
	})
}

// treeOf makes the given folders, each with a file.
func treeOf(t *testing.T, folders ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range folders {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "file"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func scanOf(t *testing.T, dir string) *scan {
	t.Helper()
	spec := testSpec(t, dir)
	roots, refusals := openTrees(spec)
	if len(refusals) > 0 {
		t.Fatal(refusals)
	}
	t.Cleanup(roots.close)
	return newScan(t.Context(), spec, roots)
}

func testSpec(t *testing.T, dir string) Spec {
	return Spec{Job: "test", Target: "/d/b/f", Roots: []RootSpec{{Root: Root{Path: dir}, Rules: newTestRules(t)}}}
}

// fetched returns the paths of a folder and those below, as the walk gets them.
func fetched(s *scan, f *scanned) []string {
	s.fetch(f)
	defer s.release(f)
	paths := []string{f.path}
	for _, e := range f.chosen {
		if e.below != nil {
			paths = append(paths, fetched(s, e.below)...)
		}
	}
	return paths
}

func TestScanIsFetchedInTheOrderOfNames(t *testing.T) {
	var folders []string
	for i := range 6 {
		for k := range 6 {
			folders = append(folders, fmt.Sprintf("%d/%d/x", i, k), fmt.Sprintf("%d.%d", i, k), fmt.Sprintf("%d/%d!", i, k))
		}
	}
	dir := treeOf(t, folders...)
	for range 20 {
		s := scanOf(t, dir)
		got := fetched(s, s.tops[0])
		s.close()
		if len(got) != 1+6+6*6*4 {
			t.Fatalf("%d folders: %q", len(got), got)
		}
		if !slices.IsSortedFunc(got, walkOrder) {
			t.Fatalf("not in order: %q", got)
		}
	}
}

// The scan goes on ahead of the walk, and not too far: what it has found is kept, and
// its folders open. What the walk wants then it gets all the same.
func TestScanWaitsForTheWalk(t *testing.T) {
	const most = maxAhead / folderWeight
	folders := make([]string, 2*most)
	for i := range folders {
		folders[i] = fmt.Sprintf("%03d", i)
	}
	dir := treeOf(t, folders...)
	synctest.Test(t, func(t *testing.T) {
		before := openDescriptors(t)
		s := scanOf(t, dir)
		synctest.Wait()
		within := s.tops[0].folders
		begun := slices.IndexFunc(within, func(f *scanned) bool { return !f.begun })
		if slices.ContainsFunc(within[begun:], func(f *scanned) bool { return f.begun }) {
			t.Error("a folder was looked at before one that comes earlier")
		}
		if begun < most/2 || begun > most+scanWorkers {
			t.Errorf("%d folders were looked at ahead", begun)
		}
		last := within[len(within)-1]
		s.fetch(last)
		if len(last.chosen) != 1 {
			t.Errorf("the last folder holds %d", len(last.chosen))
		}
		s.fetch(s.tops[0])
		s.fetch(within[0])
		s.release(within[0])
		synctest.Wait()
		if !within[begun].begun {
			t.Error("there is room for one more, and none was looked at")
		}
		s.release(last)
		s.release(s.tops[0])
		s.close()
		s.roots.close()
		if after := openDescriptors(t); after != before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
}

// A panic among the workers ends in one of the caller, and keeps nobody waiting.
func TestScanThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec := testSpec(t, treeOf(t, "."))
		spec.Roots[0].Rules = nil
		roots, _ := openTrees(spec)
		defer roots.close()
		s := newScan(t.Context(), spec, roots)
		synctest.Wait()
		if s.fetch(s.tops[0]); !errors.Is(s.tops[0].err, errNotScanned) {
			t.Errorf("the folder says %v", s.tops[0].err)
		}
		defer func() {
			cause := fmt.Sprint(recover())
			s.drop(s.tops[0])
			if !strings.Contains(cause, "nil pointer") {
				t.Errorf("recovered %v", cause)
			}
		}()
		s.close()
	})
}

type listerFunc func(context.Context) (*jotta.Listing, error)

func (l listerFunc) List(ctx context.Context, _ jotta.Path) (*jotta.Listing, error) { return l(ctx) }

// However planning ends, it leaves no folder open and nobody at work: the scan was ahead
// when the listing failed, or the walk passed by folders that the scan had opened.
func TestNothingIsLeftOfAScan(t *testing.T) {
	dir := treeOf(t, "a/b/c", "Twin/x/y", "twin/x/y", "taken/x/y", "z")
	builder := jotta.NewListingBuilder()
	builder.AddFile("", "taken", jotta.RemoteFile{})
	listing, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	offline := errors.New("offline")
	for name, c := range map[string]struct {
		list     func(cancel func()) (*jotta.Listing, error)
		want     error
		problems int
	}{
		"the walk passes by":   {func(func()) (*jotta.Listing, error) { return listing, nil }, nil, 2},
		"there is no listing":  {func(func()) (*jotta.Listing, error) { return nil, offline }, offline, 0},
		"planning is given up": {func(cancel func()) (*jotta.Listing, error) { cancel(); return listing, nil }, context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := openDescriptors(t)
			synctest.Test(t, func(t *testing.T) { // which does not end before all who were started in it
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				lister := listerFunc(func(context.Context) (*jotta.Listing, error) {
					synctest.Wait()
					return c.list(cancel)
				})
				plan, err := Build(ctx, testSpec(t, dir), lister, checksum.New(1))
				if !errors.Is(err, c.want) || plan != nil && len(plan.Problems) != c.problems {
					t.Errorf("%+v, %v", plan, err)
				}
			})
			if after := openDescriptors(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	if _, err := os.ReadFile("/proc/self/stat"); err != nil { // the first file brings descriptors of the runtime's own
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// What changes between the scan and the comparison is seen as it is then, or named.
func TestFilesThatChangeBehindTheScan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	builder := jotta.NewListingBuilder()
	for _, name := range []string{"gone", "grown", "link", "renamed"} {
		if err := os.WriteFile(path(name), []byte("contenT"), 0o644); err != nil {
			t.Fatal(err)
		}
		builder.AddFile("", name, jotta.RemoteFile{Size: 7, MD5: md5.Sum([]byte("content"))})
	}
	if err := os.WriteFile(path("grown"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	listing, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		plan, err := Build(t.Context(), testSpec(t, dir), listerFunc(func(context.Context) (*jotta.Listing, error) {
			synctest.Wait()
			return listing, errors.Join(
				os.Remove(path("gone")), os.WriteFile(path("grown"), []byte("content, and more"), 0o644),
				os.Remove(path("link")), os.Symlink("grown", path("link")),
				os.WriteFile(path("new"), []byte("content"), 0o644), os.Rename(path("new"), path("renamed")))
		}), checksum.New(1))
		if err != nil {
			t.Fatal(err)
		}
		if plan.Counts.Unchanged != 1 {
			t.Errorf("%d unchanged, want the one that was renamed to its place", plan.Counts.Unchanged)
		}
		if diff := cmp.Diff([]Note{{"gone", "vanished while being looked at"}}, plan.Notes); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]Problem{{Path: "link", Reason: "cannot be read: not a regular file", Files: 1}}, plan.Problems); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		if len(plan.Actions) != 1 || plan.Actions[0].Path != "grown" || plan.Actions[0].Reason != "changed while being compared" {
			t.Errorf("%+v", plan.Actions)
		}
	})
}
