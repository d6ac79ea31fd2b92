//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends a run: what is in flight ends well, nothing new begins, and the exit
// code says which signal it was. A second one ends it at once.
func TestSignals(t *testing.T) {
	t.Parallel()
	slowest, slowestTwice, sent := time.Duration(0), time.Duration(0), 0
	for i, seed := range seeds(t, 4, 100) {
		roll := dice(seed)
		l := newLab(t)
		l.jobsFile(", uploads: 4", "")
		l.fill(100, seed)
		twice := i%4 >= 2
		hold := 300 * time.Millisecond
		if twice {
			hold = time.Minute // nothing ends by itself
		}
		l.door.with(delayedUploads(hold))
		signal, code := syscall.SIGINT, 130
		if i%2 == 1 {
			signal, code = syscall.SIGTERM, 143
		}
		p := l.start(l.command("run"))
		l.await("allocate", 1+roll.IntN(4))
		pause(time.Duration(roll.IntN(50)) * time.Millisecond)
		began := time.Now()
		check(t, p.Process.Signal(signal))
		if twice {
			for !strings.Contains(p.said(), "again to end at once") {
				pause(time.Millisecond)
			}
			check(t, p.Process.Signal(signal))
		}
		got, took := l.wait(p), time.Since(began)
		if got != code {
			t.Fatalf("seed %d: %v ended it with %d, want %d:\n%s", seed, signal, got, code, p.said())
		}
		sent++
		if twice {
			slowestTwice = max(slowestTwice, took)
		} else {
			slowest = max(slowest, took)
			l.mustHaveEndedWell(p)
		}
		l.door.calm()
		l.mustExec(0, "Done:", "run")
		l.mustConverge()
	}
	if slowest > 5*time.Second || slowestTwice > time.Second*time.Duration(times(3, 1)) {
		t.Errorf("it took %v to end, and %v after a second signal", slowest, slowestTwice)
	}
	t.Logf("figures: %d signals; the slowest end took %v, after a second signal %v", sent, slowest, slowestTwice)
}

// mustHaveEndedWell: every upload that had begun is complete, and the verdict counts
// what is not protected.
func (l *lab) mustHaveEndedWell(p *process) {
	l.t.Helper()
	for _, r := range l.requests("upload") {
		if r.Status != 200 {
			l.t.Errorf("an upload was cut: %+v", r)
		}
	}
	want := fmt.Sprintf("NOT PROTECTED: %d of 100 files", 100-len(l.cloud()))
	if !strings.Contains(p.said(), want) || len(l.cloud()) == 100 {
		l.t.Errorf("it does not say %q:\n%s", want, p.said())
	}
}

// delayedUploads keeps an upload waiting for its answer.
func delayedUploads(d time.Duration) tampering {
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/files/v1/upload/") {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
			}
		}
		cloud.ServeHTTP(w, r)
	}
}
