package planner

import "testing"

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
		if got := Wants(c.patterns)(c.path); got != c.want {
			t.Errorf("%q wants %q: %v", c.patterns, c.path, got)
		}
	}
}
