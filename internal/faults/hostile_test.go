package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
)

// Names that the cloud lists and that no file should have: none leads anywhere, each
// is told, and what is here is protected all the same.
func TestHostileNamesInAListing(t *testing.T) {
	t.Parallel()
	const sum = "9a0364b9e99bb480dd25e1f0284c8555"
	for name, text := range map[string]string{
		"up":             file("/backup/job", "../x"),
		"up as folder":   file("/backup/job/../other", "b"),
		"up in a folder": file("/backup/job/a/../../..", "x"),
		"absolute":       file("/backup/job", "/etc/passwd"),
		"elsewhere":      file("/etc", "passwd"),
		"other target":   file("/backup/other", "b"),
		"longer target":  file("/backup/job2", "a"),
		"dot":            file("/backup/job", "."),
		"empty":          file("/backup/job", ""),
		"empty folder":   file("/backup/job//a", "x"),
		"control":        file("/backup/job", "a&#1;b"),
		"escape":         file("/backup/job", "a&#27;[2Jb"),
		"newline":        file("/backup/job", "a&#10;b"),
		"NUL":            file("/backup/job", "a&#0;b"),
		"bidi":           file("/backup/job", "a\u202egnp.exe"),
		"surrogate":      file("/backup/job", "a&#xD800;b"),
		"entity":         file("/backup/job", "&file;"),
		"not UTF-8":      file("/backup/job", "a\xffb"),
		"twice":          file("/backup/job", "same") + file("/backup/job", "same"),
		"case twins":     file("/backup/job", "same") + file("/backup/job", "SAME"),
		"file in a file": file("/backup/job", "same") + file("/backup/job/same", "x"),
		"encoded twins":  file("/backup/job", "a:b") + file("/backup/job", "a：b"),
		"too long":       file("/backup/job", strings.Repeat("n", 70_000)),
		"too deep":       file("/backup/job"+strings.Repeat("/d", 3000), "x"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, func(o *jotta.Options) { o.Retries = 1 })
			l.write("mine", []byte("content"))
			files := strings.Count(text, "<file>")
			folders := map[string]bool{"/backup/job": true}
			for part := range strings.SplitSeq(text, "<file><path>") {
				if path, _, ok := strings.Cut(part, "</path>"); ok {
					folders[path] = true
				}
			}
			l.door.with(listingOf(fmt.Appendf(nil, "<files><folder><path>/backup/job</path></folder>%s<stats><folders>%d</folders><files>%d</files></stats></files>",
				strings.ReplaceAll(text, "SUM", sum), len(folders), files)))
			o := l.run()
			if o.plan != nil && o.summary.Uploaded != 1 {
				t.Errorf("%+v, %v", o.summary, o.named)
			}
			if o.plan == nil && o.err == nil || o.plan != nil && len(o.plan.Notes)+len(o.plan.Actions) < 2 {
				t.Errorf("nobody told of it: %v, %+v", o.err, o.plan)
			}
			l.mustConverge()
		})
	}
}

func file(folder, name string) string {
	return "<file><path>" + folder + "</path><filename>" + name + "</filename><md5>SUM</md5><size>7</size>" +
		"<modified>2026-01-02T03:04:05.000Z</modified><created>2026-01-02T03:04:05.000Z</created></file>"
}
