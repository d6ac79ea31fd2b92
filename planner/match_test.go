package planner

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

func newTestRules(t testing.TB, patterns ...string) *Rules {
	t.Helper()
	var rules []Rule
	for _, p := range patterns {
		rules = append(rules, Rule{Pattern: p, Source: "test"})
	}
	r, err := NewRules(rules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// verdictOn follows a path down from the root; all but the last segment are folders,
// and the last is one where the path ends in a slash.
func verdictOn(r *Rules, path string) (v Verdict, opened bool) {
	v, opened = undecided, true
	path, isFolder := strings.CutSuffix(path, "/")
	for end := 0; end < len(path); {
		end = nextSlash(path, end)
		folder := end < len(path) || isFolder
		v = r.Decide(path[:end], folder, v)
		if end < len(path) && r.Excluded(v) && !r.Reaches(path[:end], v) {
			opened = false
		}
	}
	return v, opened
}

func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rules    string // separated by spaces
		path     string
		excluded bool
	}{
		{"", "a", false},
		{"*.tmp", "a.tmp", true},
		{"*.tmp", "deep/down/a.tmp", true},
		{"*.tmp", "a.tmp/inside", true},
		{"*.tmp", ".tmp", true},
		{"cache/", "cache", false},
		{"cache/", "cache/", true},
		{"cache/", "cache/file", true},
		{"cache/", "x/cache/file", true},
		{"/cache", "cache", true},
		{"/cache", "x/cache", false},
		{"a/b", "a/b", true},
		{"a/b", "x/a/b", false},
		{"**/a/b", "x/y/a/b/c", true},
		{"raw/**", "raw/", true},
		{"raw/**", "raw/x/y", true},
		{"raw/**", "raw", false},
		{"raw/** *.xmp !raw/keep/**", "raw/keep/deep/a.xmp", false},
		{"raw/** *.xmp !raw/keep/**", "raw/keep/", false},
		{"raw/** *.xmp !raw/keep/**", "raw/other/a", true},
		{"raw/** *.xmp !raw/keep/**", "a.xmp", true},
		{"!raw/keep/** raw/** *.xmp", "raw/keep/a", true},
		{"cache/ !important.txt", "cache/a/important.txt", false},
		{"cache/ !important.txt", "cache/a/other.txt", true},
		{"raw/ !raw/keep/", "raw/keep/a", false},
		{"*.tmp !keep/", "keep/a.tmp", false},
		{"!keep/ *.tmp", "keep/a.tmp", true},
		{"* !*.txt", "d/a.txt", false},
		{"* !*.txt", "d/a.bin", true},
		{"{a,b/c}/d", "b/c/d", true},
		{"x[!0-9]", "xa", true},
		{"x[!0-9]", "x1", false},
		{`\!important`, "!important", true},
		{`a\*b`, "a*b", true},
		{`a\*b`, "axb", false},
		{"node_modules", "p/node_modules/x/y", true},
		{"Cache", "cache", false},
		{"a?c", "aéc", true},
		{"r\xe9sum\xe9", "r\xe9sum\xe9", true}, // as Latin-1 has it
		{"r\xe9sum\xe9", "r\xe8sum\xe8", false},
		{"r\xe9sum\xe9", "r\ufffdsum\ufffd", false},
		{"r?sum[\xe0-\xe9]", "r\xe9sum\xe9", true},
		{"r\xe9/*/a !r\xe9/x/**", "r\xe9/x/a", false},
		{"r\xe8/** !r\xe8/x\xe9/a", "r\xe8/x\xe9/a", false},
	}
	for _, tt := range tests {
		r := newTestRules(t, strings.Fields(tt.rules)...)
		v, opened := verdictOn(r, tt.path)
		if got := r.Excluded(v); got != tt.excluded {
			t.Errorf("rules %q: %q excluded %v, want %v", tt.rules, tt.path, got, tt.excluded)
		}
		if !tt.excluded && !opened {
			t.Errorf("rules %q: %q is selected, but a folder above it is not opened", tt.rules, tt.path)
		}
	}
}

func TestRulesReach(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rules  string
		folder string
		opened bool
	}{
		{"raw/** !raw/keep/**", "raw", true},
		{"raw/** !raw/keep/**", "raw/other", false},
		{"raw/** !raw/keep/**", "raw/keep", true},
		{"cache/", "cache", false},
		{"!cache/x cache/", "cache", false},
		{"cache/ !/other/x", "cache", false},
		{"cache/ !x", "cache", true},
		{"cache/ !**/x", "deep/cache", true},
		{"cache/ !c*/a/b/c", "cache/a/b", true},
		{"cache/ !c*/a/b/c", "cache/a/c", false},
		{"cache/ !{a,cache/b}/c", "cache", true},
	}
	for _, tt := range tests {
		r := newTestRules(t, strings.Fields(tt.rules)...)
		v, opened := verdictOn(r, tt.folder+"/")
		if got := opened && (!r.Excluded(v) || r.Reaches(tt.folder, v)); got != tt.opened {
			t.Errorf("rules %q: folder %q opened %v, want %v", tt.rules, tt.folder, got, tt.opened)
		}
	}
}

func TestNewRulesRefusesBadPatterns(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "!", "/", "!/", "[", "a{b", "x[z-"} {
		if _, err := NewRules([]Rule{{Pattern: p, Source: "f.yaml:1:2"}}); err == nil || !strings.Contains(err.Error(), "f.yaml:1:2") {
			t.Errorf("NewRules(%q) = %v, want an error that names its place", p, err)
		}
	}
}

// FuzzRules compares the verdicts of the walk, which goes down folder by folder and
// never opens some, with the definition: of all rules, the last one that matches
// the path or a folder above it wins.
func FuzzRules(f *testing.F) {
	f.Add("raw/**", "*.xmp", "!raw/keep/**", "raw/keep/a.xmp")
	f.Add("cache/", "!x", "/a/b", "a/cache/x")
	f.Add("*", "!*.txt", "{a,b/c}/d", "b/c/d")
	f.Add("a/**/b", "!a/x/b", "**", "a/x/y/b/c")
	f.Fuzz(func(t *testing.T, p1, p2, p3, path string) {
		if !utf8.ValidString(p1 + p2 + p3 + path) {
			return // doublestar does not tell apart what is none
		}
		if path == "" || len(path) > 100 || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
			return
		}
		patterns := []Rule{{p1, "1"}, {p2, "2"}, {p3, "3"}}
		r, err := NewRules(patterns)
		if err != nil || len(p1)+len(p2)+len(p3) > 100 {
			return
		}
		want := undecided
		for i, p := range patterns {
			if matchesDefinition(p.Pattern, path) {
				want = Verdict(i + 1)
			}
		}
		got, opened := verdictOn(r, path)
		if got != want {
			t.Errorf("rules %q on %q: rule %d decides, want %d", patterns, path, got, want)
		}
		if !r.Excluded(want) && !opened {
			t.Errorf("rules %q: %q is selected, but a folder above it is not opened", patterns, path)
		}
	})
}

func matchesDefinition(pattern, path string) bool {
	glob := strings.TrimPrefix(pattern, "!")
	glob, foldersOnly := strings.CutSuffix(glob, "/")
	anchored := strings.Contains(glob, "/")
	glob = strings.TrimPrefix(glob, "/")
	for end := 0; end < len(path); {
		end = nextSlash(path, end)
		at, isFolder := path[:end], end < len(path)
		if !anchored {
			at = at[strings.LastIndexByte(at, '/')+1:]
		}
		g := glob
		if !isFolder && strings.HasSuffix(g, "/**") {
			g += "/*"
		}
		if (isFolder || !foldersOnly) && doublestar.MatchUnvalidated(g, at) {
			return true
		}
	}
	return false
}
