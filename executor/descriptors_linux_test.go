package executor

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Descriptors are counted for the whole process, so that nothing runs beside this
// test, not even the collector, which closes what was forgotten.
func TestNoDescriptorIsLeft(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	plan := handmade(t, 30)
	lost := *plan
	lost.Roots = append(lost.Roots, planner.Root{Path: filepath.Join(t.TempDir(), "gone")})
	before := countDescriptors(t)
	for _, c := range []struct {
		plan  *planner.Plan
		cloud Cloud
		err   error // of the hasher
	}{
		{plan, uploads(0, nil), nil},
		{plan, uploads(100, jotta.ErrContentChanged), nil},
		{plan, uploads(100, jotta.ErrNotFound), nil},
		{plan, uploads(1, jotta.ErrQuota), nil},
		{plan, uploads(0, nil), syscall.EIO},
		{&lost, uploads(0, nil), nil},
	} {
		hasher := &failing{Hasher: checksum.New(1), err: c.err}
		if c.err != nil {
			hasher.times.Store(100)
		}
		_, _, _ = applyPlan(t.Context(), t, c.plan, c.cloud, Options{Slots: NewSlots(3), Hasher: hasher})
	}
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func countDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
