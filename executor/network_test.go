package executor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

const bigSize = 3 << 20 // more than the network takes ahead

func big(seed string) string { return strings.Repeat(seed, bigSize/len(seed)+1)[:bigSize] }

// The server took all and the connection broke before it said so.
func TestALostAnswerCostsNoByte(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "content")
	l.server.Inject(emulator.Fault{Route: "upload", After: true})
	summary, _, err := l.apply(l.client, l.options())
	if err != nil || l.requests("upload") != 1 || l.requests("allocate") != 2 {
		t.Errorf("%v, %+v", err, l.server.Requests())
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Bytes: 7, SentBytes: 7})
	l.mustHold(map[string]string{"a": "content"})
}

func TestACutUploadGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	content := big("what is sent is not sent again; ")
	l.write("big", content)
	const cut = 2 << 20
	l.server.Inject(emulator.Fault{Route: "upload", CutRequest: cut})
	summary, _, err := l.apply(l.client, l.options())
	if err != nil || summary.Uploaded != 1 {
		t.Fatalf("%v, %+v", err, summary)
	}
	var received int64
	var ranges []string
	for _, r := range l.server.Requests() {
		if r.Route == "upload" {
			received += r.Received
			ranges = append(ranges, r.Range)
		}
	}
	if want := fmt.Sprintf("bytes=%d-%d", cut, bigSize-1); len(ranges) != 2 || ranges[1] != want {
		t.Errorf("ranges %q, want the second to be %s", ranges, want)
	}
	// What was on its way when the connection broke was sent in vain, and is counted.
	if summary.SentBytes < bigSize || summary.SentBytes > 2*bigSize-cut {
		t.Errorf("%d bytes sent of %d, and %d received", summary.SentBytes, bigSize, received)
	}
	l.mustHold(map[string]string{"big": content})
	l.mustConverge()
}

// What is gone from the file system cannot be mended by the cloud, and the other way
// round: where an upload breaks off for good, the next run finds what it left.
func TestTheNextRunResumes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	content := big("left half way ")
	l.write("big", content)
	for range 4 {
		l.server.Inject(emulator.Fault{Route: "upload", CutRequest: 100_000})
	}
	summary, w, err := l.apply(l.client, l.options())
	if err != nil || summary.Failed != 1 || summary.SentBytes == 0 {
		t.Errorf("%v, %+v", err, summary)
	}
	w.mustSay("big", Failed, "the cloud cannot be reached")
	if sent := w.sent[w.event("big").Action]; sent != 0 {
		t.Errorf("%d bytes are still told to be sent of a file that failed", sent)
	}
	l.server.ResetRequests()
	summary = l.mustApply()
	if summary.SentBytes > bigSize-4*100_000 {
		t.Errorf("%d bytes sent again, of %d", summary.SentBytes, bigSize)
	}
	l.mustHold(map[string]string{"big": content})
}

// Bytes that were sent for an attempt that came to nothing are no deduplication.
func TestSentInVainIsNotDeduplicated(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	m := newMischief(l)
	m.add("touched", mutations[6], afterSend, false)
	summary, _, err := l.apply(&tamperedCloud{Cloud: l.client, at: m.at}, l.options())
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Bytes: mutantSize, SentBytes: mutantSize})
}

func TestBadWeather(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	files := map[string]string{}
	for i := range 60 {
		name := fmt.Sprintf("%d/%d", i%5, i)
		files[name] = strings.Repeat(name+" ", 1000)
		l.write(name, files[name])
	}
	l.server.Inject(
		emulator.Fault{Name: "lost answers", Route: "upload", Probability: 0.1, Seed: 1, After: true},
		emulator.Fault{Name: "cuts", Route: "upload", Probability: 0.1, Seed: 2, CutRequest: 1000},
		emulator.Fault{Name: "busy", Route: "allocate", Probability: 0.1, Seed: 3, Status: 503, RetryAfter: "1000000000"},
		emulator.Fault{Name: "torn answers", Route: "allocate", Probability: 0.1, Seed: 4, CutAnswer: 10},
		emulator.Fault{Name: "other bytes", Route: "allocate", Probability: 0.05, Seed: 5, FlipAnswer: 2},
	)
	summary, w, err := l.apply(l.client, l.options())
	if err != nil {
		t.Fatal(err)
	}
	for name, sum := range l.cloud() {
		if sum != sumOf(files[name]) {
			t.Errorf("%q holds what the file never had", name)
		}
	}
	if held := len(l.cloud()); held < summary.Uploaded || summary.Uploaded+summary.Failed != len(files) {
		t.Errorf("%d in the cloud: %+v %q", held, summary, w.reasons())
	}
	if unhit := l.server.UnhitFaults(); len(unhit) > 0 {
		t.Errorf("never struck: %q", unhit)
	}
	l.mustConverge()
	l.mustHold(files)
}

func TestOddNamesArrive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	odd := map[string]string{"a:b": "1", "bad\xff": "2", "100%/c+d": "3", "x\ny": "4", "é": "5"}
	for name, content := range odd {
		l.write(name, content)
	}
	l.mustApply()
	l.mustConverge()
	for name, content := range odd {
		want := sumOf(content)
		if got := l.cloud()[encoded(name)]; got != want {
			t.Errorf("%q is not in the cloud as %q", name, encoded(name))
		}
	}
}

func encoded(name string) string {
	var segments []string
	for segment := range strings.SplitSeq(name, "/") {
		segments = append(segments, jotta.EncodeName(segment))
	}
	return strings.Join(segments, "/")
}
