package executor

import (
	"bytes"
	"context"
	"os"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
)

// What is sent of a small file is what was hashed. A large one, and one that changed
// just before it was read, is hashed again as it is sent.
func TestSmallFilesAreReadOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now  func() time.Time
		want map[string]bool
	}{
		{later, map[string]bool{"empty": true, "small": true, "4 MiB": true, "more": false}},
		{time.Now, map[string]bool{"empty": false, "small": false, "4 MiB": false, "more": false}},
	} {
		l := newLab(t)
		for name, size := range map[string]int64{"empty": 0, "small": 100, "4 MiB": wholeFile, "more": wholeFile + 1} {
			l.write(name, "")
			if err := os.Truncate(l.path(name), size); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		proved := map[string]bool{}
		options := l.options()
		options.Now = c.now
		_, _, err := l.apply(cloudFunc(func(_ context.Context, u jotta.Upload) (jotta.Uploaded, error) {
			_, inMemory := u.Content.(*bytes.Reader)
			mu.Lock()
			defer mu.Unlock()
			proved[path.Base(string(u.Path))] = u.Proved
			if inMemory != u.Proved {
				t.Errorf("%q: in memory %v, proved %v", u.Path, inMemory, u.Proved)
			}
			return jotta.Uploaded{Sent: u.Size}, nil
		}), options)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, proved); diff != "" {
			t.Errorf("proved before they are sent (-want +got):\n%s", diff)
		}
	}
}

// The memory for files that are read once is that of the slots, however many files
// there are.
func TestBuffersAreUsedAgain(t *testing.T) {
	t.Parallel()
	plan := handmade(t, 100)
	options := Options{Slots: NewSlots(3), Hasher: checksum.New(2), Now: later}
	summary, _, err := applyPlan(t.Context(), t, plan, uploads(0, nil), options)
	if err != nil || summary.Uploaded != 100 {
		t.Fatalf("%v, %+v", err, summary)
	}
	idle := options.Slots.idle
	if len(idle) == 0 || len(idle) > 3 {
		t.Errorf("%d slots were made", len(idle))
	}
	for _, slot := range idle {
		if n := cap(slot.buffer); n > 64<<10 {
			t.Errorf("files of 5 bytes have %d bytes of room", n)
		}
	}
	if n := cap(new(slot).room(wholeFile)); n != wholeFile {
		t.Errorf("the largest room is %d bytes", n)
	}
}
