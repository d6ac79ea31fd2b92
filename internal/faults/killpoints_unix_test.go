//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A run that is killed at any point of what it asks the cloud for loses nothing, and
// nothing is done twice: the next run ends what it began.
func TestKilledAroundRequests(t *testing.T) {
	t.Parallel()
	d, kills := newDoomed(t), 0
	for range times(1, 5) {
		for _, point := range requestPoints() {
			for _, at := range point.moments {
				// A run may come to its end in the moment that it has after its last
				// answer: then it is given less.
				for later := afterwards(at, d.round); !d.killAt(at, point, later); later /= 2 {
				}
				kills++
			}
		}
	}
	d.mustConverge()
	t.Logf("figures: %d kills around requests, nothing lost and nothing twice", kills)
}

// moment is where in the life of a request a run is killed.
type moment string

const (
	beforeEffect moment = "before the effect of"
	beforeAnswer moment = "before the answer to"
	afterAnswer  moment = "after the answer to"
)

// requestPoint is a request of a run, around which it is killed.
type requestPoint struct {
	name    string
	is      func(*http.Request) bool
	nth     int32 // of those
	prune   string
	login   loginFate
	moments []moment
}

// loginFate is what becomes of the login that a run has.
type loginFate int

const (
	loginStays  loginFate = iota
	loginRenews           // its access token has ended
	loginMayGo            // and its refresh token may be spent in vain
)

func requestPoints() []requestPoint {
	all := []moment{beforeEffect, beforeAnswer, afterAnswer}
	return []requestPoint{
		{"the listing", asks("mode=liststream"), 1, "trash", loginStays, all},
		{"the making of a folder", asks("mkDir=true"), 1, "trash", loginStays, all},
		{"the move", asks("mv="), 1, "trash", loginStays, all},
		{"the first allocation", isPath("/files/v1/allocate"), 1, "trash", loginStays, all},
		{"the last allocation", isPath("/files/v1/allocate"), 3, "trash", loginStays, all},
		{"the first upload", isPath("/files/v1/upload/"), 1, "trash", loginStays, all},
		{"the last upload", isPath("/files/v1/upload/"), 3, "trash", loginStays, all},
		{"the proof", asks("mode=liststream"), 2, "trash", loginStays, all},
		{"the trashing", asks("dl=true"), 1, "trash", loginStays, all},
		{"the trashing of a folder", asks("dlDir=true"), 1, "trash", loginStays, all},
		{"the proof after the pruning", asks("mode=liststream"), 3, "trash", loginStays, all},
		{"the purging", asks("rm=true"), 1, "purge", loginStays, all},
		{"the renewal of the login", isRenewal, 1, "trash", loginMayGo, all},
		// The new login is durable before its first use.
		{"the first listing with a renewed login", asks("mode=liststream"), 2, "trash", loginRenews, []moment{beforeEffect}},
	}
}

func asks(query string) func(*http.Request) bool {
	return func(r *http.Request) bool { return strings.HasPrefix(r.URL.RawQuery, query) }
}

func isPath(prefix string) func(*http.Request) bool {
	return func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, prefix) }
}

func isRenewal(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/token") }

// afterwards is how long a run lives on after an answer.
func afterwards(at moment, round int) time.Duration {
	if at != afterAnswer {
		return 0
	}
	return time.Duration(dice(uint64(round)).IntN(4)) * time.Millisecond
}

// killAt has a run killed around a request, and the next one recover. It reports false
// where the run came to its end before.
func (d *doomed) killAt(at moment, point requestPoint, later time.Duration) bool {
	d.t.Helper()
	d.prune(point.prune)
	if point.login != loginStays {
		check(d.t, d.server.ExpireAccessTokens())
	}
	d.edit()
	f := &fate{requestPoint: point, at: at, later: later, victim: make(chan *process, 1), dead: make(chan struct{})}
	d.fate.Store(f)
	p, where := d.start(d.command()), string(at)+" "+point.name
	f.victim <- p
	died := d.dies(p, where, at == afterAnswer)
	d.fate.Store(nil)
	close(f.dead)
	d.mustRecover(where, point.login == loginMayGo)
	return died
}

// fate is where a run is killed.
type fate struct {
	requestPoint
	at     moment
	later  time.Duration // after the answer
	came   atomic.Int32  // requests of the kind
	victim chan *process
	dead   chan struct{} // closed when it is
}

func (f *fate) isAt(r *http.Request) bool { return f.is(r) && f.came.Add(1) == f.nth }

// strike kills the process that asks.
func (f *fate) strike(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
	p, answer := <-f.victim, httptest.NewRecorder()
	if f.at != beforeEffect {
		cloud.ServeHTTP(answer, r)
	}
	if f.at == afterAnswer {
		maps.Copy(w.Header(), answer.Header())
		w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // where nobody listens any more, it has died of itself
		_ = http.NewResponseController(w).Flush()
		pause(f.later)
	}
	_ = p.Process.Kill() // as above
	<-f.dead
	panic(http.ErrAbortHandler)
}
