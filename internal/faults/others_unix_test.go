//go:build linux || darwin || freebsd

package faults

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// otherPuts uploads as another device does.
func (l *lab) otherPuts(name, content string) {
	l.t.Helper()
	l.remember(name, []byte(content))
	_, err := l.client.Upload(l.t.Context(), jotta.Upload{
		Path: jotta.Path(target).Join(name), Size: int64(len(content)), MD5: md5.Sum([]byte(content)),
		Modified: time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), Content: strings.NewReader(content),
	})
	check(l.t, err)
}

// A listing that is any number of writes behind its time lets no file go that was
// written since: neither where only the plan comes of it, nor where the proof does too.
func TestStaleListingsPruneNothingFresh(t *testing.T) {
	t.Parallel()
	kept := 0
	for writes := 1; writes <= times(2, 13); writes++ {
		for _, stale := range []int32{1, 1000} {
			l := newLab(t)
			l.jobsFile("", ", prune: trash, max_prune: 100%")
			l.fill(20, 12)
			l.mustExec(0, "Done: 20 uploaded", "run")
			l.overtake(writes, stale)
			said := l.mustExec(0, "1 pruned", "run")
			l.mustHaveFresh(writes, said)
			kept += writes
		}
	}
	t.Logf("figures: %d files written after a listing was made, none of them pruned", kept)
}

// overtake removes files here, has another device write them, and lets so many listings
// tell what was before.
func (l *lab) overtake(writes int, stale int32) {
	l.t.Helper()
	old := l.listing()
	for i := range writes {
		check(l.t, os.Remove(l.path(filed(i))))
		l.otherPuts(filed(i), fresh(i))
	}
	check(l.t, os.Remove(l.path(filed(19)))) // nobody else wrote it: it goes
	delete(l.completed, filed(19))
	var listings atomic.Int32
	l.door.with(func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if asks("mode=liststream")(r) && listings.Add(1) <= stale {
			listingOf(old)(w, r, cloud)
			return
		}
		cloud.ServeHTTP(w, r)
	})
}

func (l *lab) mustHaveFresh(writes int, said string) {
	l.t.Helper()
	held := l.cloud()
	for i := range writes {
		if want := fmt.Sprintf("%d %x", len(fresh(i)), md5.Sum([]byte(fresh(i)))); held[filed(i)] != want {
			l.t.Errorf("%d writes after the listing: %q is %q, want %q:\n%s", writes, filed(i), held[filed(i)], want, said)
		}
	}
	if len(held) != 19 {
		l.t.Errorf("the cloud has %d files, want 19:\n%s", len(held), said)
	}
}

// filed is a path that fill makes.
func filed(i int) string { return fmt.Sprintf("%d/file %d", i%7, i) }

func fresh(i int) string { return fmt.Sprint("fresh ", i) }

// Another device writes in the middle of a run, right after a listing was made: what it
// wrote stays, as the file or as a version of it, and nothing that it touched is pruned.
func TestAnotherDeviceWritesMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []meddling{
		{"between plan and upload", 1, "", 0, true},
		{"between proof and pruning", 2, "", 3, true},
		{"and deletes before the proof", 1, "same", 3, false},
		{"and deletes what is to be sent", 1, "changed", 0, true},
		{"and deletes after the proof", 2, "same", 3, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			newLab(t).meddle(tt)
		})
	}
}

// meddling is what another device does, and what comes of the run.
type meddling struct {
	name    string
	after   int32  // so many listings
	deletes string // besides what it writes
	code    int
	prunes  bool // what nobody touched
}

func (l *lab) meddle(m meddling) {
	l.t.Helper()
	l.jobsFile("", ", prune: trash, max_prune: 100%")
	for _, name := range []string{"changed", "gone", "moves", "same", "goes"} {
		l.write(name, []byte("at first "+name))
	}
	l.mustExec(0, "Done: 5 uploaded", "run")
	l.write("changed", []byte("here"))
	l.write("new", []byte("here"))
	l.write("moved", []byte("at first moves"))
	for _, name := range []string{"gone", "moves", "goes"} {
		check(l.t, os.Remove(l.path(name)))
		delete(l.completed, name)
	}
	l.meddleAfter(m.after, m.deletes)
	said, held := l.mustExec(m.code, "", "run"), l.cloud()
	for _, name := range []string{"changed", "gone", "moves", "new", "added"} {
		theirs := fmt.Sprintf("%x", md5.Sum([]byte("there "+name)))
		if n := l.versions(name)[theirs]; n != 1 || held[name] == "" {
			l.t.Errorf("the cloud has %d versions of %q as another device wrote it, want 1, and now %q:\n%s", n, name, held[name], said)
		}
	}
	if held["goes"] == "" != m.prunes {
		l.t.Errorf("what nobody touched is %q:\n%s", held["goes"], said)
	}
}

// meddleAfter has another device write files, and delete one, once so many listings
// were made.
func (l *lab) meddleAfter(nth int32, deletes string) {
	var listings atomic.Int32
	l.door.with(func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if !asks("mode=liststream")(r) || listings.Add(1) != nth {
			cloud.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		cloud.ServeHTTP(answer, r)
		for _, name := range []string{"changed", "gone", "moves", "new", "added"} {
			l.otherPuts(name, "there "+name)
		}
		if deletes != "" {
			check(l.t, l.client.Trash(l.t.Context(), jotta.Path(target).Join(deletes)))
			delete(l.completed, deletes)
		}
		listingOf(answer.Body.Bytes())(w, r, cloud)
	})
}
