package backup

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// newTimesLab has a file in the cloud that has been touched since, and one that is gone.
func newTimesLab(t *testing.T) *lab {
	t.Helper()
	l := newLab(t)
	l.spec.UpdateTimes = true
	l.write("touched", "1")
	l.write("gone", "2")
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	at := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	check(t, os.Chtimes(filepath.Join(l.root, "touched"), at, at))
	check(t, os.Remove(filepath.Join(l.root, "gone")))
	return l
}

// A run that only sets times proves what it did, prunes, and remembers it all.
func TestRunThatSetsTimes(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t)
	if o := l.run(); !o.Whole() || o.Summary == nil || o.Summary.Retimed != 1 || o.Proof == nil || o.Pruning == nil {
		t.Errorf("%+v", o)
	}
	if record, proof := l.last(); record.Retimed != 1 || record.Verdict != state.VerdictProtected || proof.Files != 1 {
		t.Errorf("remembered is %+v", record)
	}
	if o := l.run(); o.Plan.Pending() {
		t.Errorf("there is more to do: %+v", o.Plan.Actions)
	}
}

// A file whose time cannot be set is protected all the same; but nothing is pruned.
func TestRunThatFailsToSetTimes(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t)
	l.cloud.Inject(emulator.Fault{Route: "cphash", Status: 409})
	if o := l.run(); !o.Whole() || o.Untimed() != 1 || o.Unprotected() != 0 || o.Pruning != nil {
		t.Errorf("%+v", o)
	}
	record, proof := l.last()
	if record.Failed != 1 || record.Verdict != state.VerdictProtected || record.Proof == nil || proof.Files != 1 {
		t.Errorf("remembered is %+v", record)
	}
	if len(record.Problems) != 1 || record.Problems[0].Path != "touched" {
		t.Errorf("the problems are %+v", record.Problems)
	}
}

// That a server sets no times at all is no failure.
func TestRunOnServerWithoutTimes(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t)
	l.cloud.Inject(emulator.Fault{Route: "cphash", Status: 405})
	if o := l.run(); !o.Whole() || o.Untimed() != 0 || o.Summary.NoTimes != 1 || o.Pruning == nil || len(o.Undone) != 1 || !o.Undone[0].Harmless {
		t.Errorf("%+v", o)
	}
	if record, _ := l.last(); record.Skipped != 1 || len(record.Problems) != 0 {
		t.Errorf("remembered is %+v", record)
	}
}
