package jotta

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEncodeName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"a.jpg", "a.jpg"},
		{`a"b%c*d:e<f>g?h|i`, "a＂b％c＊d：e＜f＞g？h｜i"},
		{"a/b", "a／b"},
		{"tab\there", "tab␉here"},
		{"nul\x00", "nul␀"},
		{"del\x7f", "del␡"},
		{".", "．"},
		{"..", "．．"},
		{"...", "..."},
		{"．", "‛．"},
		{"．．", "‛．‛．"},
		{"bad\xff", "bad‛FF"},
		{"bad\xfe", "bad‛FE"},
		{"‛FF", "‛‛FF"},
		{"a：b", "a‛：b"},
		{"␉", "‛␉"},
		{"a\\b #;+ ", "a\\b #;+ "},
		{"\uFFFD", "\uFFFD"},
	}
	for _, tt := range tests {
		if got := EncodeName(tt.name); got != tt.want {
			t.Errorf("EncodeName(%q) = %q, want %q", tt.name, got, tt.want)
		}
		if got := DecodeName(tt.want); got != tt.name {
			t.Errorf("DecodeName(%q) = %q, want %q", tt.want, got, tt.name)
		}
	}
}

// Names that another client stored unescaped still decode to something, and
// never panic.
func TestDecodeForeignName(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"100%", "100%"},
		{"‛", "‛"},
		{"‛x", "‛x"},
		{"‛ff", "\xff"},
		{"‛fg", "‛fg"},
		{"a‛", "a‛"},
	}
	for _, tt := range tests {
		if got := DecodeName(tt.name); got != tt.want {
			t.Errorf("DecodeName(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ok   bool
	}{
		{strings.Repeat("a", 255), true},
		{strings.Repeat("é", 255), true},
		{strings.Repeat("a", 256), false},
		{strings.Repeat("\xff", 85), true},
		{strings.Repeat("\xff", 86), false},
		{"", false},
		{"x\uFFFE", false},
	}
	for _, tt := range tests {
		if err := CheckName(tt.name); (err == nil) != tt.ok {
			t.Errorf("CheckName(%.20q…, %d bytes) = %v, want ok %v", tt.name, len(tt.name), err, tt.ok)
		}
	}
}

func TestFoldName(t *testing.T) {
	t.Parallel()
	same := [][2]string{{"Foo", "fOO"}, {"Å", "å"}, {"\u212A", "k"}, {"ſ", "S"}, {"Σ", "ς"}, {"É.JPG", "é.jpg"}}
	for _, p := range same {
		if FoldName(p[0]) != FoldName(p[1]) {
			t.Errorf("FoldName(%q) != FoldName(%q)", p[0], p[1])
		}
	}
	different := [][2]string{{"ß", "ss"}, {"é", "e\u0301"}, {"bad\xff", "bad\xfe"}, {"a", "b"}}
	for _, p := range different {
		if FoldName(p[0]) == FoldName(p[1]) {
			t.Errorf("FoldName(%q) == FoldName(%q)", p[0], p[1])
		}
	}
}

// Every rune folds with just those that Unicode's simple folding joins it to.
func TestFoldRune(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if next := unicode.SimpleFold(r); foldRune(r) != foldRune(next) {
			t.Errorf("%q and %q fold apart", r, next)
		}
		if folded := string(foldRune(r)); utf8.ValidRune(r) && !strings.EqualFold(string(r), folded) {
			t.Errorf("%q folds to %q, another letter", r, folded)
		}
	}
}

// FuzzFoldName holds folding to the same notion of equality that strings.EqualFold has.
func FuzzFoldName(f *testing.F) {
	f.Add("Foo", "foo")
	f.Add("\u212A", "k")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		if got, want := FoldName(a) == FoldName(b), strings.EqualFold(a, b); got != want {
			t.Errorf("fold %q and %q: equal %v, want %v", a, b, got, want)
		}
		if FoldName(FoldName(a)) != FoldName(a) {
			t.Errorf("FoldName(%q) is not stable", a)
		}
	})
}

// FuzzEncodeName shows that the escaping loses nothing, which also means that no
// two names share an escaped form, and that what it yields is legal.
func FuzzEncodeName(f *testing.F) {
	for _, s := range []string{"a", ".", "..", "．", "‛", "‛FF", "\xff", "a：b", "a:b", "␀", "\x00", "‛．‛．", "％", "\uFFFD", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		encoded := EncodeName(name)
		if got := DecodeName(encoded); got != name {
			t.Errorf("DecodeName(EncodeName(%q)) = %q", name, got)
		}
		if !utf8.ValidString(encoded) {
			t.Errorf("EncodeName(%q) = %q: not UTF-8", name, encoded)
		}
		for _, r := range encoded {
			if r < 0x20 || r == 0x7F || isForbidden(r) {
				t.Errorf("EncodeName(%q) = %q holds %q", name, encoded, r)
			}
		}
		if encoded == "." || encoded == ".." {
			t.Errorf("EncodeName(%q) = %q", name, encoded)
		}
	})
}
