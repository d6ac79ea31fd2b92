//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends a run: what is in flight ends well, nothing new begins, and the exit
// code says which signal it was. A second one ends it at once.
func TestSignals(t *testing.T) {
	t.Parallel()
	slowest, sent := map[bool]time.Duration{}, 0
	for i, seed := range seeds(t, 4, 100) {
		signal, twice := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[i%2], i%4 >= 2
		t.Run(fmt.Sprintf("%v, twice %v, seed %d", signal, twice, seed), func(t *testing.T) {
			took := newLab(t).signal(signal, twice, seed)
			slowest[twice] = max(slowest[twice], took)
			sent++
		})
	}
	if slowest[false] > 5*time.Second || slowest[true] > time.Second*time.Duration(times(3, 1)) {
		t.Errorf("it took %v to end, and %v after a second signal", slowest[false], slowest[true])
	}
	t.Logf("figures: %d signals; the slowest end took %v, after a second signal %v", sent, slowest[false], slowest[true])
}

// signal sends a signal, or two, to a run and returns how long that took to end.
func (l *lab) signal(signal syscall.Signal, twice bool, seed uint64) time.Duration {
	l.t.Helper()
	roll, hold := dice(seed), 300*time.Millisecond
	if twice {
		hold = time.Minute // nothing ends by itself
	}
	l.jobsFile(", uploads: 4", "")
	l.fill(100, seed)
	l.door.with(delayedUploads(hold))
	p := l.start(l.command("run"))
	l.await("allocate", 1+roll.IntN(4))
	pause(time.Duration(roll.IntN(50)) * time.Millisecond)
	began := time.Now()
	check(l.t, p.Process.Signal(signal))
	for twice && !strings.Contains(p.said(), "again to end at once") {
		pause(time.Millisecond)
	}
	if twice {
		check(l.t, p.Process.Signal(signal))
	}
	code, took := l.wait(p), time.Since(began)
	if want := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143}[signal]; code != want {
		l.t.Errorf("it ended with %d, want %d:\n%s", code, want, p.said())
	}
	if !twice {
		l.mustHaveEndedWell(p)
	}
	l.door.calm()
	l.mustExec(0, "Done:", "run")
	l.mustConverge()
	return took
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

// delayedUploads has the cloud take an upload, and keep its answer back.
func delayedUploads(d time.Duration) tampering {
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if !strings.HasPrefix(r.URL.Path, "/files/v1/upload/") {
			cloud.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		cloud.ServeHTTP(answer, r)
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}
}
