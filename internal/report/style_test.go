package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jottarun/jottarun/planner"
)

func TestName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path planner.RelPath
		want string
	}{
		{"a/b.txt", "a/b.txt"},
		{"Blåbær 日本.txt", "Blåbær 日本.txt"},
		{"", "."},
		{" lead", `" lead"`},
		{"trail ", `"trail "`},
		{`"quoted"`, `"\"quoted\""`},
		{"bad\xff", `"bad\xff"`},
		{"esc\x1b[31m", `"esc\x1b[31m"`},
		{"new\nline", `"new\nline"`},
		{"bidi\u202e", `"bidi\u202e"`},
		{"line\u2028", `"line\u2028"`},
		{"c1\u0085", `"c1\u0085"`},
		{"bom\ufeff", `"bom\ufeff"`},
	}
	for _, tt := range tests {
		if got := name(tt.path); got != tt.want {
			t.Errorf("name(%q) = %s, want %s", string(tt.path), got, tt.want)
		}
	}
}

// FuzzName shows that no name, however it is shown, can steer a terminal or break
// a line, and that two names never look the same.
func FuzzName(f *testing.F) {
	f.Add("a", "b")
	f.Add("\x1b[2J", `"\x1b[2J"`)
	f.Add("bad\xff", "bad\xfe")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, shown := range []string{name(planner.RelPath(a)), Quote(a)} {
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool {
				return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
			}) {
				t.Errorf("%q is shown as %q", a, shown)
			}
		}
		if a != b && a != "" && b != "" && name(planner.RelPath(a)) == name(planner.RelPath(b)) {
			t.Errorf("%q and %q look the same", a, b)
		}
	})
}
