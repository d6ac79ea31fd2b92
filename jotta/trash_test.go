package jotta

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

const changeFile = "POST /jfs/u1/d/b/sub/a%2Bb"

// Whatever the answer to a removal is, what counts is what is there afterwards.
func TestRemovalIsReadBack(t *testing.T) {
	t.Parallel()
	gone, live := jfsError(404, "NoSuchFileException"), answer(200, liveFile())
	inTrash := answer(200, trashedFile())
	answers := map[string]http.HandlerFunc{
		"another name":   answer(200, fileAt(`name="x" deleted=""`, "/u1/d/b/sub")),
		"another folder": answer(200, fileAt(`name="a+b" deleted=""`, "/u1/d/b")),
		"a folder":       answer(200, `<folder name="a+b" deleted=""/>`),
		"HTML":           answer(200, "<html>done</html>"),
		"JSON":           answer(200, "{}"),
		"not found":      gone,
	}
	for name, answered := range answers {
		for state, tt := range map[string]struct {
			shown  http.HandlerFunc
			trash  error
			purged error
		}{
			"gone":                  {gone, nil, nil},
			"in trash":              {inTrash, nil, ErrBadAnswer},
			"live":                  {live, ErrBadAnswer, ErrBadAnswer},
			"a folder in the trash": {answer(200, `<folder name="a+b" deleted=""/>`), nil, nil},
			"folder":                {answer(200, `<folder name="a+b"/>`), errNotFile, errNotFile},
			"nonsense":              {answer(200, "<html>"), ErrBadAnswer, ErrBadAnswer},
		} {
			s := newScript(t)
			s.on(changeFile, answered)
			s.on(lookAtFile, tt.shown)
			c, clock := newTestClient(t, s)
			if err := c.Trash(t.Context(), someFile); !errors.Is(err, tt.trash) || errors.Is(err, ErrNotFound) {
				t.Errorf("%s, %s: trash: %v, want %v", name, state, err, tt.trash)
			}
			if err := c.Purge(t.Context(), someFile); !errors.Is(err, tt.purged) || errors.Is(err, ErrNotFound) {
				t.Errorf("%s, %s: purge: %v, want %v", name, state, err, tt.purged)
			}
			if n := len(s.seen(changeFile)); n != 2 || len(clock.slept) > 0 {
				t.Errorf("%s, %s: %d requests, slept %v", name, state, n, clock.slept)
			}
		}
	}
}

func TestRemovalRequests(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(changeFile, answer(200, trashedFile()))
	c, _ := newTestClient(t, s)
	if err := errors.Join(c.Trash(t.Context(), someFile), c.Purge(t.Context(), someFile)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"dl=true", "rm=true"} {
		if r := s.requests[i]; r.Method != "POST" || r.URL.RawQuery != want || r.body != "" {
			t.Errorf("got %s %s with %q", r.Method, r.URL, r.body)
		}
	}
	if len(s.requests) != 2 {
		t.Errorf("%d requests", len(s.requests))
	}
}

// An answer that does not say "deleted" has trashed nothing.
func TestTrashWantsToHearIt(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(changeFile, answer(200, liveFile()))
	s.on(lookAtFile, answer(200, liveFile()))
	c, _ := newTestClient(t, s)
	if err := c.Trash(t.Context(), someFile); !errors.Is(err, ErrBadAnswer) {
		t.Errorf("got %v", err)
	}
}

// Each doubt is settled once.
func TestRemovalReadsBackOnce(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(changeFile, answer(503, ""), answer(503, ""), answer(200, trashedFile()))
	s.on(lookAtFile, answer(200, liveFile()))
	c, _ := newTestClient(t, s)
	if err := c.Trash(t.Context(), someFile); err != nil {
		t.Fatal(err)
	}
	if n, m := len(s.seen(changeFile)), len(s.seen(lookAtFile)); n != 3 || m != 2 {
		t.Errorf("asked %d times, looked %d times", n, m)
	}
}

func TestChangesAreNotRedirected(t *testing.T) {
	t.Parallel()
	other := newScript(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newScript(t)
		to := answer(status, "", "Location: "+other.URL+"/jfs/u1/d/b/sub/a%2Bb?dl=true")
		s.on(changeFile, to)
		c, _ := newTestClient(t, s)
		if err := c.Trash(t.Context(), someFile); !errors.Is(err, ErrRefusedRedirect) || len(s.requests) != 1 {
			t.Errorf("%d: got %v", status, err)
		}
	}
	if len(other.requests) > 0 {
		t.Error("it was followed")
	}
}

const lookAtFolder, changeFolder = "GET /jfs/u1/d/b/sub", "POST /jfs/u1/d/b/sub"

func holding(contents, counts string) string {
	return `<folder name="sub"><path>/u1/d/b</path>` + contents + "<metadata " + counts + "/></folder>"
}

// What may hide something in a folder is no reason to remove it.
func TestTrashEmptyFolderHostile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, document string
		want           error
	}{
		{"a live file", holding(`<files><file name="x"/></files>`, ""), ErrNotEmpty},
		{"a live folder", holding(`<folders><folder name="x"/></folders>`, ""), ErrNotEmpty},
		{"deleted in a name", holding(`<files><file name=" deleted="/></files>`, ""), ErrNotEmpty},
		{"deleted in a name, too", holding(`<files><file name=' deleted="x" '/></files>`, ""), ErrNotEmpty},
		{"one live among trash", holding(`<files><file name="x" deleted=""/><file name="y"/></files>`, ""), ErrNotEmpty},
		{"more files said", holding(`<files><file name="x" deleted=""/></files>`, `num_files="2"`), ErrBadAnswer},
		{"more folders said", holding("", `num_folders="1"`), ErrBadAnswer},
		{"more in all said", holding("", `total="1"`), ErrBadAnswer},
		{"another folder", strings.Replace(emptyFolder, "sub", "other", 1), ErrBadAnswer},
		{"in another folder", strings.Replace(emptyFolder, "/u1/d/b", "/u1/d/x", 1), ErrBadAnswer},
		{"a file", fileAt(`name="sub"`, "/u1/d/b"), ErrNotFolder},
		{"a backupdir", `<mountPoint><name>sub</name></mountPoint>`, ErrBadAnswer},
		{"HTML", "<html></html>", ErrBadAnswer},
	}
	for _, tt := range tests {
		s := newScript(t)
		s.on(lookAtFolder, answer(200, tt.document))
		c, _ := newTestClient(t, s)
		if err := c.TrashEmptyFolder(t.Context(), "/d/b/sub"); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if len(s.seen(changeFolder)) > 0 {
			t.Errorf("%s: it was removed", tt.name)
		}
	}
}

func TestTrashEmptyFolderCut(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	for i := range len(emptyFolder) {
		s.on(lookAtFolder, answer(200, emptyFolder[:i]))
	}
	s.on(lookAtFolder, answer(200, holding(`<files><file name="x"/></files>`, "")))
	c, _ := newTestClient(t, s, func(o *Options) { o.Retries = 1000 })
	if err := c.TrashEmptyFolder(t.Context(), "/d/b/sub"); !errors.Is(err, ErrNotEmpty) || len(s.seen(changeFolder)) > 0 {
		t.Errorf("cut: %v, removed %d times", err, len(s.seen(changeFolder)))
	}
}

// A folder is looked into again before its removal is tried again.
func TestTrashEmptyFolderLooksEachTime(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(lookAtFolder, answer(200, emptyFolder), answer(200, emptyFolder), answer(200, holding(`<files><file name="x"/></files>`, "")))
	s.on(changeFolder, answer(503, ""))
	c, _ := newTestClient(t, s)
	if err := c.TrashEmptyFolder(t.Context(), "/d/b/sub"); !errors.Is(err, ErrNotEmpty) || len(s.seen(changeFolder)) != 1 {
		t.Errorf("filled meanwhile: %v, asked %d times", err, len(s.seen(changeFolder)))
	}
	if q := s.seen(changeFolder)[0].URL.RawQuery; q != "dlDir=true" {
		t.Errorf("asked for %s", q)
	}
}
