package emulator

import (
	"net/url"
	"strings"
	"testing"
)

// TestNames brings names through a round trip: uploaded, listed in every form, asked
// for, and downloaded, each under its own spelling.
func TestNames(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	for _, name := range []string{
		"-rf", "~x", " lead", "trail ", "trail.", "...", ".hidden", "a+b", "a#b", "a;b", "a&b=c", "a,b", "100%",
		"a%2Fb", `a\b`, "$(touch pwn)", "`x`", "{{.Job}}", "${HOME}", "CON", "nul.txt", "ａ：ｂ", "␊", "‛＂",
		"é", "e\u0301", "ß", "İ", "\u202e", "👩\u200d👩", "\ufeffbom", "\u2028", "\u0085", "it's", strings.Repeat("é", 255),
	} {
		c.upload("/mybox/backup/dir/"+name, name)
		escaped := strings.ReplaceAll(url.PathEscape(name), "+", "%2B")
		if got := c.want(200, "GET", "/jfs/u1/mybox/backup/dir/"+escaped+"?mode=bin", "").body; got != name {
			t.Errorf("%q: downloaded %q", name, got)
		}
		xml := strings.ReplaceAll(name, "&", "&amp;")
		mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/dir", "").body, `<file name="`+xml+`" uuid`)
		mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup?mode=liststream", "").body, "<filename>"+xml+"</filename>")
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"Foo", "fOO", true}, {"É", "é", true}, {"K", "\u212a", true}, {"ſ", "S", true}, {"Σ", "ς", true},
		{"ß", "SS", false}, {"é", "e\u0301", false}, {"İ", "i", false}, {"a", "b", false},
	} {
		if got := fold(test.a) == fold(test.b); got != test.same {
			t.Errorf("%q and %q: same %v", test.a, test.b, got)
		}
	}
}

// TestLongPaths refuses, by each way in, paths whose folders would be too many to make,
// and takes those of 4,000 bytes.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/"+strings.Repeat("a/", 1990)+"f", "deep")
	c.upload("/mybox/backup/"+strings.Repeat(strings.Repeat("n", 249)+"/", 16)+"f", "long")
	for _, path := range []string{strings.Repeat("b/", maxPathNames) + "f", strings.Repeat(strings.Repeat("n", 200)+"/", 330) + "f"} {
		path = "/mybox/backup/" + path
		c.want(400, "POST", "/files/v1/allocate", `{"path":"/jfs`+path+`","bytes":1,"md5":"`+sumOf("x")+`"}`)
		c.want(400, "POST", "/jfs/u1"+path+"?mkDir=true", "")
		c.want(400, "POST", "/jfs/u1/mybox/backup/a?mvDir="+url.QueryEscape("/u1"+path), "")
	}
	c.want(404, "GET", "/jfs/u1/mybox/backup/b", "")
	if files := c.server.Tree("/mybox/backup"); len(files) != 2 {
		t.Errorf("%d files are there", len(files))
	}
}
