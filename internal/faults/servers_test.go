package faults

import (
	"fmt"
	"testing"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// A server that dies in the middle of an upload loses no byte that it has had: after
// any number of deaths each byte has come once, each time from where the last ended.
func TestServerDiesWithinAnUpload(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	deaths := 0
	for _, seed := range seeds(t, 12, 200) {
		roll := dice(seed)
		name, size := fmt.Sprintf("big %d", seed%5), 1_000_000+roll.IntN(2_000_000)
		l.write(name, bytesOf(seed, size))
		l.server.ResetRequests()
		// Each death is at a place of its own; retries are given back only to an upload
		// that gets on.
		for range 1 + roll.IntN(3) {
			l.server.Inject(emulator.Fault{Route: "upload", CutRequest: int64(1 + roll.IntN(size/4))})
			deaths++
		}
		o := l.mustRun()
		if got := l.received(); got != int64(size) {
			t.Errorf("seed %d: %d bytes of %d came; ranges %q", seed, got, size, l.ranges())
		}
		if resent := o.summary.SentBytes - int64(size); resent < 0 || resent > int64(deaths)*(8<<20) {
			t.Errorf("seed %d: %d bytes were sent in vain", seed, resent)
		}
		l.mustHaveStruck()
	}
	l.mustConverge()
	t.Logf("figures: %d deaths within an upload, every byte came once", deaths)
}

func (l *lab) ranges() []string {
	var all []string
	for _, r := range l.requests("upload") {
		all = append(all, r.Range)
	}
	return all
}

// The cloud has taken the file, and the connection breaks before it says so: the next
// allocate finds it complete.
func TestAnswerIsLost(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	all := seeds(t, 25, 100)
	for i, seed := range all {
		roll := dice(seed)
		content := bytesOf(seed, 1+roll.IntN(100_000))
		l.write("file", content)
		l.server.ResetRequests()
		fault := emulator.Fault{Route: "upload", After: true}
		if i%3 == 0 {
			fault = emulator.Fault{Route: "upload", CutAnswer: int64(1 + roll.IntN(20))}
		}
		l.server.Inject(fault)
		o := l.mustRun()
		if len(l.requests("upload")) != 1 || l.received() != int64(len(content)) || len(l.requests("allocate")) != 2 {
			t.Errorf("seed %d: asked %+v", seed, l.requests(""))
		}
		if o.summary.SentBytes != int64(len(content)) {
			t.Errorf("seed %d: %d bytes sent of %d", seed, o.summary.SentBytes, len(content))
		}
		l.mustHaveStruck()
	}
	l.mustConverge()
	t.Logf("figures: %d lost answers, nothing sent again", len(all))
}
