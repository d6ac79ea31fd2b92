package jotta

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const folderRequest = "GET /jfs/u1/mybox/backup/pictures"

// byMode answers as a server that does not know some modes.
func byMode(refusal http.HandlerFunc, plain http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			refusal(w, r)
			return
		}
		plain(w, r)
	}
}

// The service's own spelling of a name is asked for, though a plain name would be
// given another; what no local file can be called is set apart and not asked for.
func TestListFolderByFolder(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"400": jfsError(400, "InvalidArgumentException"), "404": answer(404, "<html>no such page</html>"),
		"405": answer(405, ""), "501": answer(501, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(folderRequest, byMode(refusal, answer(200, `<folder name="pictures"><folders>
				<folder name="%41+"/><folder name=".."/><folder name="a/b"/><folder name=""/><folder name="．"/></folders></folder>`)))
			s.on(folderRequest+"/%2541%2B", answer(200, `<folder name="%41+"><files>
				<file name="x"><currentRevision><state>COMPLETED</state><size>1</size><md5>`+someMD5+`</md5></currentRevision></file></files></folder>`))
			c, _ := newTestClient(t, s)
			listing, err := c.List(t.Context(), listed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"%41+/", "%41+/x 1"}, dump(listing.Root())); diff != "" || len(listing.Odd()) != 4 {
				t.Errorf("%s\nodd: %v", diff, listing.Odd())
			}
			if n := len(s.requests); n != 4 {
				t.Errorf("%d requests", n)
			}
			if _, err := c.List(t.Context(), listed); err != nil || len(s.requests) != 6 {
				t.Errorf("again: %v, %d requests in all", err, len(s.requests))
			}
		})
	}
}

// What is refused in every way is an error, and no reason to ask in an old way later.
func TestListRefusedInEveryWay(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(folderRequest, jfsError(400, "InvalidArgumentException"))
	s.on("GET /jfs/u1/mybox/backup/other", answer(200, "<l><stats><folders>0</folders><files>0</files></stats></l>"))
	c, _ := newTestClient(t, s)
	var refused *APIError
	if listing, err := c.List(t.Context(), listed); listing != nil || !errors.As(err, &refused) || refused.Status != 400 {
		t.Errorf("got %v, %v", listing, err)
	}
	if _, err := c.List(t.Context(), "/mybox/backup/other"); err != nil {
		t.Error(err)
	}
	if got := s.requests[len(s.requests)-1].URL.RawQuery; got != "mode=liststream" {
		t.Errorf("asked with %q", got)
	}
}

// A server that has a folder in every folder comes to an end.
func TestListFolderByFolderEnds(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	endless := byMode(answer(501, ""), answer(200, `<folder name="d"><folders><folder name="d"/></folders></folder>`))
	at := "GET /jfs/u1/mybox/backup/d"
	for range maxFolderDepth + 10 {
		s.on(at, endless)
		at += "/d"
	}
	c, _ := newTestClient(t, s)
	listing, err := c.List(t.Context(), "/mybox/backup/d")
	if err != nil || listing.Folders() != maxFolderDepth || len(listing.Odd()) != 1 {
		t.Errorf("got %v, %v", listing, err)
	}
}

func TestListFolderByFolderChecksTheAnswers(t *testing.T) {
	t.Parallel()
	for name, inner := range map[string]http.HandlerFunc{
		"another folder": answer(200, `<folder name="y"/>`), "a file": answer(200, `<file name="x"/>`), "a page": answer(200, "<html></html>"),
		"nothing": answer(200, ""), "half": answer(200, `<folder name="x"><files>`), "wrong counts": answer(200, `<folder name="x"><metadata num_files="1"/></folder>`),
		"gone": jfsError(404, "NoSuchPathException"), "refused": jfsError(400, "InvalidArgumentException"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(folderRequest, byMode(answer(501, ""), answer(200, `<folder name="pictures"><folders><folder name="x"/></folders></folder>`)))
			s.on(folderRequest+"/x", inner)
			c, _ := newTestClient(t, s)
			listing, err := c.List(t.Context(), listed)
			if listing != nil || err == nil || errors.Is(err, ErrNotFound) || !strings.HasPrefix(err.Error(), fmt.Sprintf("list %q", listed.Join("x"))) {
				t.Errorf("got %v, %v", listing, err)
			}
		})
	}
}

func TestListOfTheTrashInOldWays(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(folderRequest, byMode(answer(501, ""), answer(200, `<folder name="pictures" deleted=""><folders><folder name="x"/></folders></folder>`)))
	c, _ := newTestClient(t, s)
	if listing, err := c.List(t.Context(), listed); err != nil || listing.Folders() > 0 {
		t.Errorf("got %v, %v", listing, err)
	}
}
