package faults

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// A service that refuses every third request for a while, in every way, with every
// kind of Retry-After: what does not come through is named, waiting is bounded, and
// requests are too.
func TestServiceIsBusy(t *testing.T) {
	t.Parallel()
	struck, asked := 0, 0
	for _, seed := range seeds(t, 1, 1) {
		l := newLab(t)
		files := times(60, 420)
		l.fill(files, seed)
		l.server.Inject(busy(seed)...)
		o := l.run()
		l.server.Inject(emulator.Fault{Name: "the end of bad weather", Delay: 1})
		asked += len(l.requests(""))
		for _, r := range l.requests("") {
			if r.Status >= 400 {
				struck++
			}
		}
		if most := (files*2 + 2) * 6; asked > most {
			t.Errorf("%d requests for %d files", asked, files)
		}
		l.mustWaitAsAsked()
		t.Logf("figures: %d requests, %d of them refused for now, %d waits, %d of %d files not done at once",
			asked, struck, len(l.clock.slept), o.summary.Failed, files)
		l.server.ClearFaults()
		l.mustConverge()
	}
}

// busy are faults that strike 3 requests in 10, one of each status and Retry-After.
func busy(seed uint64) []emulator.Fault {
	statuses := []int{429, 500, 502, 503, 504, 509}
	waits := []string{"", "0", "3", "1000000000", "date", "soon", "-1", "99999999999999999999"}
	n := len(statuses) * len(waits)
	var all []emulator.Fault
	for i := range n {
		wait := waits[i%len(waits)]
		if wait == "date" {
			wait = time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
		}
		all = append(all, emulator.Fault{
			Name: fmt.Sprintf("%d after %q", statuses[i%len(statuses)], wait), Status: statuses[i%len(statuses)], RetryAfter: wait,
			Probability: 0.3 / float64(n) * 1.15, Seed: seed + uint64(i), // not all come to throw their dice
		})
	}
	return all
}

// mustWaitAsAsked: no wait is longer than five minutes or shorter than a quarter of a
// second, and some were as long as the service asked for.
func (l *lab) mustWaitAsAsked() {
	l.t.Helper()
	l.clock.mu.Lock()
	defer l.clock.mu.Unlock()
	longest := time.Duration(0)
	for _, d := range l.clock.slept {
		longest = max(longest, d)
		if d < 250*time.Millisecond || d > 5*time.Minute {
			l.t.Errorf("waited for %v", d)
		}
	}
	if longest != 5*time.Minute {
		l.t.Errorf("the longest wait was %v; the one of 1e9 seconds is to be cut to 5 minutes", longest)
	}
}

// What the service cannot do now is asked for once more, and then done.
func TestRefusedForNow(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	content := 0
	for _, status := range []int{429, 500, 502, 503, 504, 509} {
		for _, route := range []string{"liststream", "allocate", "upload"} {
			content++
			l.write("file", fmt.Appendf(nil, "content %d", content))
			l.server.ResetRequests()
			l.server.Inject(emulator.Fault{Route: route, Status: status})
			l.mustRun()
			refused := 0
			for _, r := range l.requests(route) {
				if r.Status == status {
					refused++
				}
			}
			if refused != 1 || len(l.clock.slept) != content {
				t.Errorf("%s %d: refused %d times, %d waits", route, status, refused, len(l.clock.slept))
			}
			l.mustHaveStruck()
		}
	}
	l.mustConverge()
}

// Retry-After is honoured to the second, request by request.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		header      string
		least, most time.Duration
	}{
		{"", 250 * time.Millisecond, 500 * time.Millisecond},
		{"0", 250 * time.Millisecond, 500 * time.Millisecond},
		{"3", 3 * time.Second, 3 * time.Second},
		{"1000000000", 5 * time.Minute, 5 * time.Minute},
		{"in a minute", 50 * time.Second, time.Minute},
		{"next week", 250 * time.Millisecond, 500 * time.Millisecond},
	} {
		t.Run(tt.header, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.write("file", []byte("content"))
			header := tt.header
			if header == "in a minute" {
				header = time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
			}
			l.server.Inject(emulator.Fault{Route: "allocate", Status: 503, RetryAfter: header})
			l.mustRun()
			if slept := l.clock.slept; len(slept) != 1 || slept[0] < tt.least || slept[0] > tt.most {
				t.Errorf("waited %v, want %v to %v", slept, tt.least, tt.most)
			}
			l.mustConverge()
		})
	}
}

// One file that the service never takes, whatever is tried, stops no other.
func TestOnePoisonedPath(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	n := times(400, 10_000)
	l.fill(n-1, 28)
	l.write("poison", []byte("nobody wants this"))
	l.server.Inject(emulator.Fault{Route: "allocate", Path: "poison", Status: 500, Probability: 1})
	o := l.run()
	if o.err != nil || o.summary.Uploaded != n-1 || o.summary.Failed != 1 || len(o.named) != 1 || o.named["poison"] == nil {
		t.Errorf("%v, %+v, %v", o.err, o.summary, o.named)
	}
	tried := 0
	for _, r := range l.requests("allocate") {
		if r.Status == 500 {
			tried++
		}
	}
	if tried != 6 {
		t.Errorf("the poisoned file was tried %d times, want once and 5 retries", tried)
	}
	l.mustConverge()
	t.Logf("figures: %d of %d files done, 1 named", n-1, n)
}
