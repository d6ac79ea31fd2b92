package planner

import (
	"slices"
	"strings"
	"testing"
)

// Wants says of a file what decide says on a walk to it.
func TestWants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		patterns []string
		path     string
		want     bool
	}{
		{nil, "a/b", true},
		{[]string{"docs"}, "docs/deep/a", true},
		{[]string{"docs"}, "x/docs/a", true},
		{[]string{"/docs"}, "x/docs/a", false},
		{[]string{"docs/"}, "docs", false},
		{[]string{"docs/*.txt"}, "docs/a.txt", true},
		{[]string{"docs/*.txt"}, "docs/deep/a.txt", false},
		{[]string{"docs", "!*.tmp"}, "docs/a.tmp", false},
		{[]string{"!*.tmp"}, "docs/a.tmp", false},
		{[]string{"!*.tmp"}, "docs/a", true},
		{[]string{"/odd[1].txt"}, "odd[1].txt", true},
		{[]string{"[a"}, "[a", true},
		{[]string{"[a"}, "b", false},
		{[]string{"a", "b"}, "x/b", true},
		{[]string{"a"}, ManifestFile, true},
	} {
		if got := (RestoreSpec{Patterns: c.patterns}).Wants()(c.path); got != c.want {
			t.Errorf("%q wants %q: %v", c.patterns, c.path, got)
		}
	}
}

// Each name may be a twin's, in every combination; long paths have those with the fewest.
func TestSpellings(t *testing.T) {
	t.Parallel()
	want := []string{"/Sub/*/foo.txt", "/Sub/*/foo~4fd8cc85.txt", "/Sub~e80155ec/*/foo.txt", "/Sub~e80155ec/*/foo~4fd8cc85.txt"}
	if got := patternSpellings(want[0]); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got, want := Spellings("odd[1]"), []string{"odd[1]", twinName("odd[1]")}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := len(Spellings(strings.Repeat("a/", 1000))); n != maxSpellings {
		t.Errorf("%d spellings of a long path", n)
	}
	names := strings.Split("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z", "/")
	all := Spellings(strings.Join(names, "/"))
	for i, name := range names {
		marked := slices.Clone(names)
		if marked[i] = twinName(name); !slices.Contains(all, strings.Join(marked, "/")) {
			t.Errorf("a twin %q is not found", name)
		}
	}
}
