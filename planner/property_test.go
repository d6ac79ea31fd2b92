package planner_test

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// TestApplyingAPlanLeavesNothing plans random trees against random clouds, applies
// the plan to a model of the cloud, and plans again: nothing is left to do, the
// problems are the same, and nothing that the cloud had is gone.
func TestApplyingAPlanLeavesNothing(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	rounds := 0
	rapid.Check(t, func(rt *rapid.T) {
		rounds++
		dir := filepath.Join(base, fmt.Sprint(rounds))
		if err := os.Mkdir(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		for path, content := range paths().Draw(rt, "local") {
			full := filepath.Join(dir, path)
			if os.MkdirAll(filepath.Dir(full), 0o755) == nil {
				_ = os.WriteFile(full, []byte(content), 0o644) // a folder may be in its way
			}
		}
		cloud := model{}
		for path, content := range paths().Draw(rt, "cloud") {
			cloud.put(path, content)
		}
		before := len(cloud)

		first := build(rt, dir, cloud)
		for _, a := range first.Actions {
			if a.Kind == planner.CloudOnly {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, string(a.Path)))
			if err != nil {
				rt.Fatal(err)
			}
			destination := strings.TrimPrefix(string(first.Destination(a)), string(first.Target)+"/")
			if !cloud.put(destination, string(content)) {
				rt.Fatalf("%s %q cannot be put where a folder is, or below a file", a.Kind, destination)
			}
		}
		second := build(rt, dir, cloud)
		if second.Pending() {
			rt.Errorf("something is left to do: %+v", second.Actions)
		}
		if diff := cmp.Diff(first.Problems, second.Problems); diff != "" {
			rt.Errorf("problems (-first +second):\n%s", diff)
		}
		if want := before + first.Counts.New; len(cloud) != want {
			rt.Errorf("the cloud has %d files, want %d", len(cloud), want)
		}
		if second.Counts.Seen != first.Counts.Seen || second.Counts.CloudOnly != first.Counts.CloudOnly {
			rt.Errorf("counts are %+v, then %+v", first.Counts, second.Counts)
		}
	})
}

// paths generates a small tree whose names clash often, also by case.
func paths() *rapid.Generator[map[string]string] {
	segment := rapid.SampledFrom([]string{"a", "A", "b", "B", "c", "é", "É", "x:y", "bad\xff", "%"})
	path := rapid.Map(rapid.SliceOfN(segment, 1, 3), func(s []string) string { return strings.Join(s, "/") })
	return rapid.MapOfN(path, rapid.SampledFrom([]string{"", "1", "2", "longer"}), 0, 8)
}

// model is a cloud: contents by path, where names that differ only in case are one.
type model map[string]string

func (m model) put(path, content string) bool {
	for existing := range m {
		if strings.EqualFold(existing, path) {
			m[existing] = content
			return true
		}
		if under(existing, path) || under(path, existing) {
			return false
		}
	}
	m[m.spell(path)] = content
	return true
}

// spell returns the path with its folders as they are spelled already.
func (m model) spell(path string) string {
	for existing := range m {
		for i := range existing {
			if existing[i] == '/' && len(path) > i && path[i] == '/' && strings.EqualFold(existing[:i], path[:i]) {
				path = existing[:i] + path[i:]
			}
		}
	}
	return path
}

func under(path, folder string) bool {
	return len(path) > len(folder) && path[len(folder)] == '/' && strings.EqualFold(path[:len(folder)], folder)
}

func build(t *rapid.T, dir string, cloud model) *planner.Plan {
	b := jotta.NewListingBuilder()
	for path, content := range cloud {
		segments := strings.Split(path, "/")
		for i, segment := range segments {
			segments[i] = jotta.EncodeName(segment)
		}
		last := len(segments) - 1
		b.AddFile(strings.Join(segments[:last], "/"), segments[last], jotta.RemoteFile{Size: int64(len(content)), MD5: md5.Sum([]byte(content))})
	}
	listing, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := planner.NewRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	spec := planner.Spec{Job: "test", Target: "/d/b/f", Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}}}
	plan, err := planner.Build(t.Context(), spec, lister{listing}, checksum.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
