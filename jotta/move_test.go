package jotta

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

const (
	movedFile   = Path("/d/b/new & old/c?")
	lookAtMoved = "GET /jfs/u1/d/b/new%20%26%20old/c%EF%BC%9F"
	makeFolder  = "POST /jfs/u1/d/b/new%20%26%20old"
)

func movedDocument(attributes string) string {
	return fileAt(`name="c？" `+attributes, "/u1/d/b/new &amp; old")
}

// onMove is a service that has a file to move, makes its new folder, and then shows
// what is given at the old path and the new.
func onMove(t *testing.T, source, target http.HandlerFunc) *script {
	t.Helper()
	s := newScript(t)
	s.on(lookAtFile, answer(200, liveFile()), source)
	s.on(lookAtMoved, jfsError(404, "NoSuchFileException"), target)
	s.on(makeFolder, answer(200, `<folder name="new &amp; old"/>`))
	return s
}

func TestMoveRequests(t *testing.T) {
	t.Parallel()
	s := onMove(t, nil, nil)
	s.on(changeFile, answer(200, movedDocument("")))
	c, _ := newTestClient(t, s)
	if err := c.Move(t.Context(), someFile, movedFile); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.requests {
		got = append(got, r.Method+" "+r.URL.EscapedPath()+" "+r.URL.RawQuery+r.body)
	}
	want := lookAtFile + " \n" + lookAtMoved + " \n" + makeFolder + " mkDir=true\n" +
		changeFile + " mv=/u1/d/b/new%20%26%20old/c%EF%BC%9F"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}

	s = newScript(t)
	s.on(lookAtFile, answer(200, liveFile()))
	s.on("GET /jfs/u1/d/b/SUB/x%2By%3D1", jfsError(404, "NoSuchFileException"))
	s.on(changeFile, answer(200, fileAt(`name="x+y=1"`, "/u1/d/b/sub")))
	c, _ = newTestClient(t, s)
	if err := c.Move(t.Context(), someFile, "/d/b/SUB/x+y=1"); err != nil {
		t.Fatal(err)
	}
	if r := s.requests[2]; r.URL.RawQuery != "mv=/u1/d/b/SUB/x%2By%3D1" {
		t.Errorf("within a folder: %s %s", r.Method, r.URL)
	}
}

// What counts is what is where after a move whose answer is not plain.
func TestMoveIsReadBack(t *testing.T) {
	t.Parallel()
	gone, live := jfsError(404, "NoSuchFileException"), answer(200, liveFile())
	answers := map[string]http.HandlerFunc{
		"deleted":       answer(200, movedDocument(`deleted="2026-01-01-T00:00:00Z"`)),
		"the old path":  answer(200, liveFile()),
		"other content": answer(200, strings.Replace(movedDocument(""), "<size>7", "<size>8", 1)),
		"no content":    answer(200, `<file name="c？"/>`),
		"a folder":      answer(200, `<folder name="c？"/>`),
		"HTML":          answer(200, "<html></html>"),
		"empty":         answer(200, ""),
		"lost":          reset("<file"),
	}
	states := []struct {
		name           string
		source, target http.HandlerFunc
		want           string // of the error
	}{
		{"moved", gone, answer(200, movedDocument("")), ""},
		{"moved, with a trace", answer(200, trashedFile()), answer(200, movedDocument("")), ""},
		{"in the trash", gone, answer(200, movedDocument(`deleted=""`)), `the old path is missing and the new one, "/d/b/new & old/c?", is a file in the trash`},
		{"both", live, answer(200, movedDocument("")), "the old path is a file with the MD5 " + contentMD5 + " and"},
		{"neither", gone, gone, "the old path is missing and the new one, \"/d/b/new & old/c?\", is missing"},
		{"trashed instead", answer(200, trashedFile()), gone, "the old path is a file in the trash and the new one"},
		{"replaced", gone, answer(200, strings.Replace(movedDocument(""), "9A03", "9A04", 1)), "is a file with the MD5 9a04"},
	}
	for name, answered := range answers {
		for _, tt := range states {
			s := onMove(t, tt.source, tt.target)
			s.on(changeFile, answered)
			c, _ := newTestClient(t, s)
			err := c.Move(t.Context(), someFile, movedFile)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrNotFound) {
				t.Errorf("%s, %s: got %v", name, tt.name, err)
			}
			if n := len(s.seen(changeFile)); n != 1 {
				t.Errorf("%s, %s: asked %d times", name, tt.name, n)
			}
		}
	}
}

// A move that a service denies, and has not made, is an error whatever it said.
func TestMoveThatWasNone(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]http.HandlerFunc{
		"deleted":   answer(200, movedDocument(`deleted=""`)),
		"not found": jfsError(404, "NoSuchPathException"),
		"conflict":  jfsError(409, "UniqueFileException"),
		"HTML":      answer(200, "<html></html>"),
		"redirect":  answer(307, "", "Location: /jfs/u1/d/b/sub/a%2Bb?rm=true"),
	} {
		s := onMove(t, answer(200, liveFile()), jfsError(404, "NoSuchFileException"))
		s.on(changeFile, answered)
		c, clock := newTestClient(t, s)
		if err := c.Move(t.Context(), someFile, movedFile); err == nil || len(s.seen(changeFile)) != 1 || len(clock.slept) > 0 {
			t.Errorf("%s: got %v; asked %d times", name, err, len(s.seen(changeFile)))
		}
	}
}

// A folder that is not plainly there receives nothing.
func TestMoveNeedsItsFolder(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]http.HandlerFunc{
		"in the trash": answer(200, `<folder name="new &amp; old" deleted=""/>`),
		"another":      answer(200, `<folder name="old"/>`),
		"a file":       answer(200, `<file name="new &amp; old"/>`),
		"HTML":         answer(200, "<html></html>"),
		"refused":      jfsError(403, "X"),
		"in the way":   jfsError(409, "X"),
	} {
		s := onMove(t, answer(200, liveFile()), jfsError(404, "NoSuchFileException"))
		s.answers[makeFolder] = []http.HandlerFunc{made}
		c, _ := newTestClient(t, s)
		if err := c.Move(t.Context(), someFile, movedFile); err == nil || len(s.seen(changeFile)) > 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Trouble before the request to move is no doubt about the move.
func TestMoveInTroubleBeforeIt(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(lookAtFile, answer(200, liveFile()))
	s.on(lookAtMoved, answer(503, ""), answer(200, movedDocument("")))
	c, clock := newTestClient(t, s)
	err := c.Move(t.Context(), someFile, movedFile)
	if !errors.Is(err, ErrExists) || len(clock.slept) != 1 || len(s.requests) != 4 {
		t.Errorf("got %v after %d requests", err, len(s.requests))
	}
}
