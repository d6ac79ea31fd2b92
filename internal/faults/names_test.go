package faults

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// oddNames are names that some file system, shell, terminal, template, encoding or
// cloud takes for something else.
func oddNames() []string {
	names := []string{
		"-rf", "--help", "~x", " lead", "trail ", "trail.", "...", ".hidden", " ", "new\nline", "return\r", "tab\t",
		"\x01", "\x1b[2J", "\x1b]0;title\a", "del\x7f", "c1\u0085\u009b", "é", "e\u0301", "ﬁ", "ŉ", "İ", "ı", "ß", "SS", "ẞ2",
		"\u202egnp.exe", "👩\u200d👩\u200d👧", "\ufeffbom", "line\u2028separator", "\ufffd", "bad\xff", "bad\xfe",
		"overlong\xc0\xaf", "surrogate\xed\xa0\x80", "pair\xed\xa0\xbd\xed\xb8\x80", "truncated\xe2\x82",
		"a+b", "a#b", "a;b", "a&b=c", "a,b", "100%", "a%2Fb", "%00", `a\b`, "$(touch pwn)", "`id`", "{{.Job}}", "${HOME}",
		"CON", "nul.txt", "*", "?", "[a-z]", "{a,b}", "**", "!keep", "#comment", "'", `"`, "<xml>", "&amp;", "]]>", "．", "．．",
		"‛", "‛‛", "‛FF", "␀", "␡", "．x", strings.Repeat("n", 255), strings.Repeat("é", 127),
	}
	for _, c := range []string{":", "?", "*", `"`, "<", ">", "|", "%"} {
		wide := string([]rune(c)[0] + 0xFEE0)
		names = append(names, "a"+c+"b", "a"+wide+"b", "a‛"+wide+"b")
	}
	return names
}

// refusedNames cannot be in the cloud; each with a part of the reason.
func refusedNames() map[string]string {
	return map[string]string{
		"u\ufffe": "XML cannot carry", "u\uffff": "XML cannot carry",
		strings.Repeat("\xff", 200): "too long", strings.Repeat("‛", 80) + strings.Repeat("\x80", 10): "",
		"Foo": "same name", "foo": "same name", "FOO": "same name",
		"\u212a": "same name", "k": "same name", "Å2": "same name", "\u212b2": "same name",
	}
}

// Every odd name, as a file's, a folder's and a root's: it goes up, its content comes
// back byte by byte, the next run finds it, and the cloud's name for it is legal. What
// cannot be there is named.
func TestOddNames(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.spell = encoded
	names := oddNames()
	for i, name := range names {
		l.write("files/"+name, fmt.Appendf(nil, "file %d", i))
		l.write("folders/"+name+"/inner", fmt.Appendf(nil, "in folder %d", i))
	}
	l.mustConverge()
	l.mustBeLegal()
	for i, name := range names {
		l.mustDownload("files/"+name, fmt.Sprint("file ", i))
		l.mustDownload("folders/"+name+"/inner", fmt.Sprint("in folder ", i))
	}
	t.Logf("figures: %d names, as file and as folder", len(names))
}

func TestOddNamesOfRoots(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.spell = encoded
	rules := l.spec.Roots[0].Rules
	l.spec.Roots = nil
	for i, name := range oddNames() {
		l.write(name+"/inner", fmt.Appendf(nil, "in root %d", i))
		l.spec.Roots = append(l.spec.Roots, planner.RootSpec{Root: planner.Root{Path: l.path(name), As: name}, Rules: rules})
	}
	l.mustConverge()
	l.mustBeLegal()
	for i, name := range oddNames() {
		l.mustDownload(name+"/inner", fmt.Sprint("in root ", i))
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.spell = encoded
	refused := refusedNames()
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		l.write(name, []byte(name))
	}
	l.write("A/inner", []byte("in the folder"))
	l.write("a", []byte("the file beside it"))
	l.write("fine", []byte("fine"))
	o := l.run()
	for name, reason := range refused {
		_, stored := l.cloud()[encoded(name)]
		if err := o.named[encoded(name)]; stored == (err != nil) || err != nil && !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: in the cloud: %v, named: %v", name, stored, err)
		}
	}
	if o.whole() || o.named["a"] == nil || o.summary.Failed > 0 {
		t.Errorf("%+v, %v", o.summary, o.named)
	}
	if _, stored := l.cloud()["fine"]; !stored {
		t.Error("what is fine did not arrive")
	}
	l.mustBeLegal()
}

// Deep and long paths, to what the file system can hold.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write(strings.Repeat("d/", 200)+"deep", []byte("deep"))
	long := strings.TrimSuffix(strings.Repeat(strings.Repeat("n", 199)+"/", 19), "/")
	l.write(long, []byte("a path of 3,799 bytes"))
	l.mustConverge()
	l.mustDownload(long, "a path of 3,799 bytes")
}

// mustBeLegal holds every name in the cloud against what is known of legal names,
// without asking the product.
func (l *lab) mustBeLegal() {
	l.t.Helper()
	for _, f := range l.server.Tree(target) {
		for name := range strings.SplitSeq(f.Path, "/") {
			forbidden := func(r rune) bool {
				return strings.ContainsRune(`"*:<>?|%`, r) || r < 0x20 || r == 0x7F || r >= 0xFFFE && r <= 0xFFFF
			}
			if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 255 || name == "." || name == ".." || strings.ContainsFunc(name, forbidden) {
				l.t.Errorf("the cloud has the name %q", name)
			}
		}
	}
}

// mustDownload reads a file back through the protocol.
func (l *lab) mustDownload(path, want string) {
	l.t.Helper()
	address := l.door.url + "/jfs/" + l.server.Username() + target
	for segment := range strings.SplitSeq(encoded(path), "/") {
		address += "/" + strings.ReplaceAll(url.PathEscape(segment), "+", "%2B")
	}
	request, err := http.NewRequest(http.MethodGet, address+"?mode=bin", nil)
	check(l.t, err)
	request.Header.Set("Authorization", "Bearer "+l.server.Token())
	answer, err := http.DefaultClient.Do(request)
	check(l.t, err)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	check(l.t, err)
	if diff := cmp.Diff(want, string(content)); diff != "" || answer.StatusCode != http.StatusOK {
		l.t.Errorf("%q comes back with %d (-sent +came):\n%s", path, answer.StatusCode, diff)
	}
}

// encoded is a path as the cloud spells it.
func encoded(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = jotta.EncodeName(segment)
	}
	return strings.Join(segments, "/")
}
