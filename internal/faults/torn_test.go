package faults

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
)

// A listing that is not whole is never planned from, wherever it was cut: the answer
// looks complete to HTTP each time.
func TestListingIsCutAtEveryByte(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(o *jotta.Options) { o.Retries = 0 })
	l.fill(100, 12)
	l.mustRun()
	whole := l.listing()
	if len(whole) < 20_000 {
		t.Fatalf("the document has %d bytes only", len(whole))
	}
	cuts := 0
	for n := 0; n < len(whole); n += times(97, 1) {
		l.door.with(listingOf(whole[:n]))
		listing, err := l.client.List(t.Context(), target)
		if !errors.Is(err, jotta.ErrTornListing) && !errors.Is(err, jotta.ErrUnavailable) && !errors.Is(err, jotta.ErrBadAnswer) {
			t.Fatalf("cut at %d of %d: %v, %v; it ends in %q", n, len(whole), listing, err, whole[max(0, n-80):n])
		}
		cuts++
	}
	l.door.with(listingOf(whole))
	l.mustRun()
	l.mustConverge()
	t.Logf("figures: %d cuts of a listing of %d bytes, 0 accepted", cuts, len(whole))
}

// A listing that miscounts, or says a thing twice, is no listing either.
func TestListingThatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(o *jotta.Options) { o.Retries = 0 })
	l.fill(10, 12)
	l.mustRun()
	whole := string(l.listing())
	first := whole[strings.Index(whole, "<file>"):strings.Index(whole, "</file>")] + "</file>"
	stats := whole[strings.Index(whole, "<stats>"):strings.Index(whole, "</stats>")] + "</stats>"
	for name, text := range map[string]string{
		"one file more":      strings.Replace(whole, "<files>10</files>", "<files>11</files>", 1),
		"one file less":      strings.Replace(whole, "<files>10</files>", "<files>9</files>", 1),
		"no stats":           strings.Replace(whole, stats, "", 1),
		"stats twice":        strings.Replace(whole, stats, stats+stats, 1),
		"a file is left out": strings.Replace(whole, first, "", 1),
		"a file twice":       strings.Replace(whole, first, first+first, 1),
		"a file twice, and counted": strings.Replace(strings.Replace(whole, first, first+first, 1),
			"<files>10</files>", "<files>11</files>", 1),
		"nothing at all":   "<files></files>",
		"something behind": whole + first,
		"tags that cross":  strings.Replace(whole, "<size>", "<sized>", 1),
	} {
		if text == whole {
			t.Fatalf("%s: nothing was changed in %s", name, whole)
		}
		l.door.with(listingOf([]byte(text)))
		if o := l.run(); o.plan != nil {
			t.Errorf("%s: planned %+v", name, o.plan.Counts)
		}
	}
	l.mustConverge()
}

// An entry that makes no sense counts as nothing that protects a file.
func TestListingWithASenselessEntry(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.fill(10, 12)
	l.mustRun()
	whole := string(l.listing())
	for _, senseless := range []string{"<size>-", "<size>x", "<size>99999999999999999999", "<md5>x", "<md5></md5><md5>"} {
		tag := senseless[:strings.Index(senseless, ">")+1]
		l.door.with(listingOf([]byte(strings.Replace(whole, tag, senseless, 1))))
		if o := l.run(); o.whole() || o.plan != nil && o.plan.Counts.Unchanged != 9 {
			t.Errorf("%s: %v, %+v", senseless, o.err, o.plan.Counts)
		}
	}
	l.mustConverge()
}

// A listing that is behind its time costs questions, and never a byte or a version.
func TestListingIsStale(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.fill(20, 1)
	l.mustRun()
	stale := l.listing()
	l.fill(20, 2)
	l.write("late", []byte("written after the listing"))
	l.mustRun()
	before := l.server.Tree(target)
	l.server.ResetRequests()
	l.door.with(listingOf(stale))
	o := l.run()
	if o.whole() || len(o.unproved) != 21 {
		t.Errorf("the listing does not show what was sent, and all is said to be well: %+v", o.summary)
	}
	if n := len(l.requests("upload")); n > 0 || o.summary.SentBytes > 0 || o.summary.Deduplicated != 21 {
		t.Errorf("%d uploads, %+v", n, o.summary)
	}
	if after := l.server.Tree(target); len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	l.mustConverge()
}

// listing is the document that the cloud answers with.
func (l *lab) listing() []byte {
	l.t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/jfs/"+l.server.Username()+target+"?mode=liststream", nil)
	request.Header.Set("Authorization", "Bearer "+l.server.Token())
	answer := httptest.NewRecorder()
	l.server.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		l.t.Fatalf("the listing was answered with %d", answer.Code)
	}
	return bytes.Clone(answer.Body.Bytes())
}

// listingOf answers each listing with the same document.
func listingOf(text []byte) tampering {
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if r.URL.Query().Get("mode") != "liststream" {
			cloud.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = w.Write(text)
	}
}
