package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"
)

// A run that is killed at a random moment costs at most what was in flight: the cloud
// holds nothing that no file had, nothing that was complete is lost, and after some
// edits the next run makes all well.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	goal := times(5, 200)
	var all tally
	for _, seed := range seeds(t, goal, 3*goal) { // not each kill falls inside a request
		if all.within == goal {
			break
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newKilling(t, seed).round(&all) })
		if t.Failed() {
			return
		}
	}
	if soaking() && all.within < goal {
		t.Errorf("%d kills fell inside a request, want %d", all.within, goal)
	}
	t.Logf("figures: %d kills, %d of them inside a request; %d bytes of the big files came twice", all.kills, all.within, all.twice)
}

type tally struct {
	kills, within int
	twice         int64
}

// killing is one run that is killed.
type killing struct {
	*lab
	roll *rand.Rand
	seed uint64
	big  int
	busy int   // requests that were open when it happened
	came int64 // bytes of the big file that came before
}

func newKilling(t *testing.T, seed uint64) *killing {
	k := &killing{lab: newLab(t), roll: dice(seed), seed: seed, big: times(8<<20, 64<<20)}
	k.jobsFile(", uploads: 4", "")
	k.fill(times(60, 300), seed)
	k.write("big", bytesOf(seed, k.big))
	return k
}

// round kills a run, edits the folder, and runs again.
func (k *killing) round(all *tally) {
	if !k.kill() {
		return
	}
	all.kills++
	if k.busy > 0 {
		all.within++
	}
	k.edit()
	all.twice += k.rerun()
}

// kill runs the program, slowly, and kills it. It returns false where the run had
// ended by then.
func (k *killing) kill() bool {
	k.t.Helper()
	k.door.with(throttled(int64(k.big) * 3 / 2))
	p := k.start(k.command("run"))
	pause(time.Duration(k.roll.Int64N(int64(900 * time.Millisecond))))
	k.busy = k.inFlight()
	check(k.t, p.Process.Kill())
	code := k.wait(p)
	k.settle()
	k.came = k.bigReceived()
	k.door.calm()
	k.server.ResetRequests()
	return code == -1
}

// throttled lets a second go by for so many bytes of an upload.
func throttled(rate int64) tampering {
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if r.ContentLength > 1<<20 {
			r.Body = slowBody{r.Body, rate}
		}
		cloud.ServeHTTP(w, r)
	}
}

type slowBody struct {
	body interface {
		Read([]byte) (int, error)
		Close() error
	}
	rate int64
}

func (s slowBody) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	pause(time.Duration(int64(n) * int64(time.Second) / s.rate))
	return n, err
}

func (s slowBody) Close() error { return s.body.Close() }

// edit changes five things in the folder.
func (k *killing) edit() {
	k.t.Helper()
	for i := range 5 {
		name := fmt.Sprintf("%d/file %d", i, 7*k.roll.IntN(8)+i)
		switch k.roll.IntN(4) {
		case 0:
			k.write(fmt.Sprintf("added/%d", i), fmt.Appendf(nil, "added %d after %d", i, k.seed))
		case 1:
			k.write(name, fmt.Appendf(nil, "FILE %d of seed %d", i, k.seed))
		case 2:
			check(k.t, os.Chtimes(k.path("big"), time.Unix(1e9, 0), time.Unix(1e9, 0)))
		default:
			k.write(name, bytesOf(k.seed+uint64(i), k.roll.IntN(100_000)))
		}
	}
}

// rerun ends what the killed run began, and returns how many bytes of the big file
// were sent again.
func (k *killing) rerun() int64 {
	k.t.Helper()
	k.mustExec(0, "", "run")
	again := max(k.came+k.bigReceived()-int64(k.big), 0)
	if again > 0 {
		k.t.Errorf("seed %d: %d bytes of the big file came twice", k.seed, again)
	}
	k.mustConverge()
	return again
}

// bigReceived counts the bytes of the big file that came.
func (k *killing) bigReceived() (total int64) {
	for _, r := range k.requests("upload") {
		if r.Received > 1<<20 || r.Range != "" {
			total += r.Received
		}
	}
	return total
}
