package config

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDetail shows lines that would break the picture: control characters, tabs
// and great length.
func TestDetail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 500) + "HERE" + strings.Repeat("z", 500)
	for _, test := range []struct {
		name string
		err  *Error
		want string
	}{
		{"tabs", &Error{Line: 2, Column: 4, SourceLine: "\ta\tb"},
			"f:2:4: m\n    2 | \ta\tb\n      | \t \t^"},
		{"control characters", &Error{Line: 123456, Column: 3, SourceLine: "a\x1b[31mb\u202e"},
			"f:123456:3: m\n123456 | a\ufffd[31mb\ufffd\n       |   ^"},
		{"behind the end", &Error{Line: 1, Column: 4, SourceLine: "abc"},
			"f:1:4: m\n    1 | abc\n      |    ^"},
		{"long", &Error{Line: 1, Column: 501, SourceLine: long},
			"f:1:501: m\n    1 | " + long[440:560] + "\n      | " + strings.Repeat(" ", 60) + "^"},
		{"no line", &Error{}, "f: m"},
	} {
		test.err.File, test.err.Msg = "f", "m"
		if diff := cmp.Diff(test.want, test.err.Detail()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestErrorsJoinAndUnwrap(t *testing.T) {
	t.Parallel()
	errs := Errors{
		{File: "b.txt", Line: 1, Column: 1, Msg: "last"},
		{File: "z.yaml", Line: 2, Column: 10, Msg: "third", SourceLine: "0123456789"},
		{File: "z.yaml", Line: 2, Column: 9, Msg: "second", cause: fs.ErrPermission},
		{File: "z.yaml", Line: 2, Column: 9, Msg: "second"},
		{File: "z.yaml", Line: 1, Column: 11, Msg: "first"},
	}.sorted("z.yaml")
	want := "z.yaml:1:11: first\nz.yaml:2:9: second\nz.yaml:2:10: third\nb.txt:1:1: last"
	if diff := cmp.Diff(want, errs.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var one *Error
	if !errors.Is(errs, fs.ErrPermission) || !errors.As(errs, &one) {
		t.Errorf("%v hides its parts", errs)
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"exlude", "exclude", 1},
		{"taregt", "target", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0},
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1024": 1024, "7B": 7, "7 kB": 7000, "500MB": 500_000_000, "10 KiB": 10_240,
		"4GiB": 4 << 30, "2TB": 2_000_000_000_000, "3TiB": 3 << 40, "1PB": 1e15, "1PiB": 1 << 50,
		"9223372036854775807": 1<<63 - 1, "8191PiB": 8191 << 50,
	} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "B", "-1", "+1", "1e3", "1.5MB", "4  GiB", " 4GiB", "4GiB ", "1024 ", "8192PiB", "1EB", "0x10", "1_000", "٣MB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{{"Foo", "fOO"}, {"Ærø", "æRØ"}, {"\u212a", "k"}, {"ς", "Σ"}} {
		if fold(same[0]) != fold(same[1]) {
			t.Errorf("fold tells %q from %q", same[0], same[1])
		}
	}
	if fold("a") == fold("b") || fold("ß") == fold("ss") {
		t.Error("fold makes one of what is two")
	}
}
