package executor

import (
	"os"
	"runtime"
	"testing"
)

// What one file needs does not grow with its size. The content is sparse, so that
// only the memory is large.
func TestAHugeFileTakesLittleMemory(t *testing.T) {
	l := newLab(t)
	const size = 256 << 20
	l.write("huge", "")
	if err := os.Truncate(l.path("huge"), size); err != nil {
		t.Fatal(err)
	}
	plan := l.plan()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapAlloc, uint64(0)
	var sent, looked int64
	options := l.options()
	options.Observe = func(e Event) {
		if e.Type != Sent {
			return
		}
		if sent += e.Bytes; sent >= looked {
			runtime.ReadMemStats(&stats)
			most, looked = max(most, stats.HeapAlloc), sent+8<<20
		}
	}
	summary, err := Run(t.Context(), plan, l.client, options)
	if err != nil || summary.SentBytes != size || sent != size {
		t.Fatalf("%v, %+v, %d told", err, summary, sent)
	}
	// The server, in this same process, is counted as well.
	if grown := int64(most) - int64(before); grown > 32<<20 || most == 0 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
