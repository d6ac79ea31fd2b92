package jotta_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
)

// Every name of the corpus comes back byte for byte, as a file and as a folder, or
// is refused before anything is sent.
func TestCloudNames(t *testing.T) {
	t.Parallel()
	for _, tt := range listingKinds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			newCloudOf(t, tt.kind).wantNames(t)
		})
	}
}

func (c *cloud) wantNames(t *testing.T) {
	t.Helper()
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for i, name := range corpus() {
		// Each in a folder of its own, for some are one name to the service.
		asFile, asFolder := fmt.Sprintf("file %d/%s", i, name), fmt.Sprintf("folder %d/%s/x", i, name)
		for _, path := range []string{asFile, asFolder} {
			_, err := c.Upload(t.Context(), upload(jotta.Path("/mybox/backup").Join(path), name))
			refused := jotta.CheckName(name) != nil
			if refused != (err != nil) {
				t.Errorf("%q: got %v, refused %v", name, err, refused)
			}
			if err == nil {
				want[path] = name
			}
		}
	}
	c.want("/mybox/backup", want)

	inOneFolder := []string{"bad\xff", "bad\xfe", "a:b", "a：b", "a‛：b", "é", "e\u0301", "%", "％", "a%2Fb", "a/b"}
	want = map[string]string{}
	for _, name := range inOneFolder {
		if strings.Contains(name, "/") {
			continue
		}
		want[name] = name
		c.put(jotta.Path("/mybox/backup/together").Join(name), name)
	}
	c.want("/mybox/backup/together", want)
}

func corpus() []string {
	names := []string{
		"-rf", "--help", "~x", " lead", "trail ", "trail.", "...", ".hidden", "a\nb", "a\rb", "a\tb", "\x01", "\x1b[31mred\x1b[0m",
		"del\x7f", "c1\u0085", "é", "e\u0301", "ﬁ", "İ", "ß", "\u212A", "rtl\u202Egnp.exe", "👩\u200D👩\u200D👧", "\uFEFFbom", "a\u2028b",
		"x\uFFFE", "bad\xff", "\xc0\xaf", "\xed\xa0\x80", "a:b", "a：b", "?", "？", "*", "＊", "\"", "＂", "<", "＜", ">", "|", "｜", "%", "％",
		"‛", "‛‛", "‛FF", "␀", "␡", "．", "．．", "a+b", "a#b", "a;b", "a&b=c", "a,b", "100%", "a%2Fb", `a\b`, "$(touch pwn)", "`x`",
		"{{.Job}}", "${HOME}", "CON", "nul.txt", "[a-z]", "**", "]]>", "<![CDATA[x]]>", "&amp;", "&#0;", "\uFFFD",
		strings.Repeat("a", 255), strings.Repeat("a", 256), strings.Repeat("é", 127), strings.Repeat(":", 255), strings.Repeat("\xff", 86),
	}
	unique := map[string]bool{}
	for _, name := range names {
		unique[name] = true
	}
	return slices.Sorted(maps.Keys(unique))
}
