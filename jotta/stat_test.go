package jotta

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	someFile    = Path("/d/b/sub/a+b")
	lookAtFile  = "GET /jfs/u1/d/b/sub/a%2Bb"
	contentMD5  = "9a0364b9e99bb480dd25e1f0284c8555"
	emptyFolder = `<folder name="sub"><path>/u1/d/b</path><metadata num_folders="0" num_files="0"/></folder>`
)

// fileAt is what JFS says of a file with the given attributes and path.
func fileAt(attributes, path string) string {
	return "<file " + attributes + `><path xml:space="preserve">` + path + "</path>" + completeRevision + "</file>"
}

const completeRevision = `<currentRevision><state>COMPLETED</state><modified>2026-01-02-T04:04:05+0100</modified>` +
	`<size>7</size><md5>9A0364B9E99BB480DD25E1F0284C8555</md5></currentRevision>`

func liveFile() string    { return fileAt(`name="a+b"`, "/u1/d/b/sub") }
func trashedFile() string { return fileAt(`name="a+b" deleted="2026-01-01-T00:00:00Z"`, "/u1/d/b/sub") }

func TestStatReadsWhatCounts(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		liveFile(),
		fileAt(`name="A+B" uuid="x"`, "/someone/D/B/Sub"),
		`<?xml version="1.0"?><file host="x" name="a+b">` + completeRevision + `<revisions><revision><md5>x</md5></revision></revisions></file>`,
		strings.Replace(liveFile(), "</file>", `<latestRevision><state>INCOMPLETE</state><size>1</size></latestRevision></file>`, 1),
	} {
		s := newScript(t)
		s.on(lookAtFile, answer(200, document))
		c, _ := newTestClient(t, s)
		file, err := c.Stat(t.Context(), someFile)
		sum, _ := ParseMD5(contentMD5)
		want := RemoteFile{Name: file.Name, Size: 7, MD5: sum, Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
		if err != nil || file != want || FoldName(file.Name) != "a+b" {
			t.Errorf("%s: got %+v, %v", document, file, err)
		}
	}
}

func TestStatHostile(t *testing.T) {
	t.Parallel()
	without := func(part string) string { return strings.Replace(liveFile(), part, "", 1) }
	tests := []struct{ name, document string }{
		{"another name", fileAt(`name="a-b"`, "/u1/d/b/sub")},
		{"no name", fileAt(``, "/u1/d/b/sub")},
		{"a name with a control character", fileAt(`name="a&#1;b"`, "/u1/d/b/sub")},
		{"another folder", fileAt(`name="a+b"`, "/u1/d/b/other")},
		{"a folder above", fileAt(`name="a+b"`, "/u1/d/b")},
		{"another device", fileAt(`name="a+b"`, "/u1/x/b/sub")},
		{"no account", fileAt(`name="a+b"`, "/d/b/sub")},
		{"a path too long", fileAt(`name="a+b"`, "/u1/"+strings.Repeat("x", 70_000))},
		{"no size", without("<size>7</size>")},
		{"no MD5", without("<md5>9A0364B9E99BB480DD25E1F0284C8555</md5>")},
		{"an MD5 that is none", without("<md5>9A")},
		{"a negative size", strings.Replace(liveFile(), "<size>7", "<size>-7", 1)},
		{"a size beyond int64", strings.Replace(liveFile(), "<size>7", "<size>9223372036854775808", 1)},
		{"two current revisions", strings.Replace(liveFile(), "</file>", completeRevision+"</file>", 1)},
		{"another document", "<user><username>u1</username></user>"},
		{"two documents", liveFile() + liveFile()},
		{"nested too deep", "<file name='a+b'>" + strings.Repeat("<x>", 100_000)},
		{"HTML", "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"},
		{"JSON", `{"name":"a+b"}`},
		{"in UTF-16", `<?xml version="1.0" encoding="UTF-16"?>` + liveFile()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(lookAtFile, answer(200, tt.document))
			c, clock := newTestClient(t, s)
			file, err := c.Stat(t.Context(), someFile)
			if !errors.Is(err, ErrBadAnswer) || file != (RemoteFile{}) || len(clock.slept) > 0 {
				t.Errorf("got %+v, %v after %v", file, err, clock.slept)
			}
		})
	}
}

// What is cut anywhere is asked for again, and never half believed.
func TestStatCut(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	document := liveFile()
	for i := range len(document) {
		s.on(lookAtFile, answer(200, document[:i]))
	}
	s.on(lookAtFile, reset(document), answer(200, document))
	c, clock := newTestClient(t, s, func(o *Options) { o.Retries = len(document) + 1 })
	if _, err := c.Stat(t.Context(), someFile); err != nil || len(clock.slept) != len(document)+1 {
		t.Errorf("%v after %d of %d", err, len(clock.slept), len(document)+1)
	}
}

// Only JFS itself is believed that there is nothing.
func TestMissingIsForJFSToSay(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]http.HandlerFunc{
		"proxy": answer(404, "<html>not found</html>"),
		"empty": answer(404, ""),
		"API":   answer(404, `{"code":404,"error_id":"NoSuchPathException"}`),
	} {
		s := newScript(t)
		s.on(lookAtFile, missing)
		s.on("POST /jfs/u1/d/b/sub/a%2Bb", missing)
		c, _ := newTestClient(t, s)
		if err := c.Trash(t.Context(), someFile); err == nil {
			t.Errorf("%s: the file is believed to be gone", name)
		}
		if _, err := c.Stat(t.Context(), someFile); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStatOfABigFolderReadsItsBeginning(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	var written atomic.Int64
	s.on(lookAtFile, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`<folder name="a+b"><files>`))
		for r.Context().Err() == nil {
			n, err := w.Write(bytes.Repeat([]byte(`<file name="x"/>`), 4096))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c, _ := newTestClient(t, s)
	if _, err := c.Stat(t.Context(), someFile); !errors.Is(err, errNotFile) {
		t.Errorf("got %v", err)
	}
	s.on("GET /jfs/u1/d/b/endless", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`<file name="endless">`))
		for r.Context().Err() == nil {
			n, err := w.Write(bytes.Repeat([]byte(" "), 1<<16))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	if _, err := c.Stat(t.Context(), "/d/b/endless"); !errors.Is(err, ErrBadAnswer) || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
	if n := written.Load(); n > 64<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

func TestChangesRefusePathsBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	c, _ := newTestClient(t, s)
	for _, p := range []Path{"", "/", "/d", "/d/b", "d/b/a", "/d/b/", "/d/b//a", "/d/b/../a", "/d/b/" + Path(strings.Repeat("a", 256))} {
		_, err := c.Stat(t.Context(), p)
		for i, err := range []error{
			err, c.Trash(t.Context(), p), c.Purge(t.Context(), p), c.TrashEmptyFolder(t.Context(), p),
			c.Move(t.Context(), p, "/d/b/a"), c.Move(t.Context(), "/d/b/a", p),
		} {
			if err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %d: %v", p, i, err)
			}
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("%d requests", len(s.requests))
	}
}
