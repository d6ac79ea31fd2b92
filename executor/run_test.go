package executor

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

func wantSummary(t *testing.T, got *Summary, want Summary) {
	t.Helper()
	want.Pending = want.Uploaded + want.Replaced + want.Retimed + want.Skipped + want.Failed
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(Summary{}, "Stored")); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestNewChangedEmptyAndKnownFiles(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	files := map[string]string{"a": "one", "b/c": "two", "empty": "", "b/twin of a": "one"}
	for name, content := range files {
		l.write(name, content)
	}
	options := l.options()
	options.Slots = NewSlots(1) // so that the twin comes second
	summary, _, err := l.apply(l.client, options)
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{Uploaded: 4, Deduplicated: 1, Bytes: 9, SentBytes: 6})
	l.mustHold(files)

	l.write("a", "three")
	l.write("b/c", "TWO")
	l.write("d", "two")
	files["a"], files["b/c"], files["d"] = "three", "TWO", "two"
	summary, _, err = l.apply(l.client, options)
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Replaced: 2, Deduplicated: 1, Bytes: 11, SentBytes: 8})
	l.mustHold(files)
	l.mustConverge()
}

func TestWhatTheCloudHasAloneIsLeftAlone(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("gone", "1")
	l.mustApply()
	if err := os.Remove(l.path("gone")); err != nil {
		t.Fatal(err)
	}
	l.write("new", "2")
	wantSummary(t, l.mustApply(), Summary{Uploaded: 1, Bytes: 1, SentBytes: 1})
	l.mustHold(map[string]string{"gone": "1", "new": "2"})
}

func TestAnEmptyPlanAsksNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	plan := l.plan() // which lacks the backupdir
	l.server.ResetRequests()
	summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil || len(l.server.Requests()) != 0 {
		t.Errorf("%v, %+v", err, l.server.Requests())
	}
	wantSummary(t, summary, Summary{})
}

// A few paths that the cloud will not take, among many others.
func TestAFailureStopsNoOther(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const sound = 300
	for i := range sound {
		l.write(fmt.Sprintf("%d/%d", i%7, i), fmt.Sprint(i))
	}
	poisons := []int{400, 403, 404, 409, 413, 500}
	for _, status := range poisons {
		name := fmt.Sprintf("3/poison-%d", status)
		l.write(name, name)
		l.server.Inject(emulator.Fault{Route: "allocate", Path: name, Status: status, Times: 100})
	}
	summary, w, err := l.apply(l.client, l.options())
	if err != nil || summary.Uploaded != sound || summary.Failed != len(poisons) || summary.Unprotected() != len(poisons) {
		t.Errorf("%v, %+v", err, summary)
	}
	for _, status := range poisons {
		name := fmt.Sprintf("3/poison-%d", status)
		w.mustSay(name, Failed, fmt.Sprintf(`upload "/mybox/backup/job/%s": `, name))
		if words := fmt.Sprintf("(server code %d", status); status != 500 {
			w.mustSay(name, Failed, words)
		}
	}
	l.mustConverge()
}

// What concerns the whole account ends the run; the rest is accounted for.
func TestTroubleOfTheAccountStopsTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		trouble func(*emulator.Server) error
		end     func(*emulator.Server) error
		want    error
	}{
		{
			"sign-in", func(s *emulator.Server) error {
				s.Inject(emulator.Fault{Route: "allocate", Status: 401, Times: 100})
				return nil
			},
			func(s *emulator.Server) error { return nil }, jotta.ErrUnauthorized,
		},
		{
			"quota", func(s *emulator.Server) error { return s.SetQuota(1) },
			func(s *emulator.Server) error { return s.SetQuota(-1) }, jotta.ErrQuota,
		},
		{
			"lock", func(s *emulator.Server) error { return s.SetWriteLocked(true) },
			func(s *emulator.Server) error { return s.SetWriteLocked(false) }, jotta.ErrWriteLocked,
		},
	} {
		l := newLab(t)
		l.write("first", "first")
		l.mustApply()
		for i := range 50 {
			l.write(fmt.Sprint(i), fmt.Sprint("content ", i))
		}
		if err := c.trouble(l.server); err != nil {
			t.Fatal(err)
		}
		options := l.options()
		summary, _, err := l.apply(l.client, options)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if summary.Failed < 1 || summary.Failed > options.Slots.most || summary.NotTried != 50-summary.Failed || summary.Unprotected() != 50 {
			t.Errorf("%s: %+v", c.name, summary)
		}
		if err := c.end(l.server); err != nil {
			t.Fatal(err)
		}
		l.mustConverge()
	}
}

func TestThreeUnreachableInARowStopTheRun(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 9 {
		l.write(fmt.Sprint(i), fmt.Sprint(i))
	}
	// Two that fail, one that does not, and then nothing but failure.
	for _, name := range []string{"0", "1", "3", "4", "5", "6", "7", "8"} {
		l.server.Inject(emulator.Fault{Route: "allocate", Path: "job/" + name, Reset: true, Times: 4})
	}
	options := l.options()
	options.Slots = NewSlots(1)
	summary, w, err := l.apply(l.client, options)
	if !errors.Is(err, jotta.ErrUnavailable) {
		t.Errorf("error: %v", err)
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Failed: 5, Skipped: 3, NotTried: 3, Bytes: 1, SentBytes: 1})
	w.mustSay("8", Skipped, "not tried: upload")
	l.mustConverge()
}

// A cloud that answers, if only with trouble of its own, may have it with some files:
// the others are tried. Where it is with all, that comes to an end.
func TestTroubleOfTheCloudStopsTheRunLater(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 100 {
		l.write(fmt.Sprintf("%03d", i), fmt.Sprint(i))
	}
	l.server.Inject(emulator.Fault{Route: "allocate", Path: "job/00", Status: 503, Times: 1000})
	summary, _, err := l.apply(l.client, l.options())
	if err != nil || summary.Failed != 10 || summary.Uploaded != 90 {
		t.Errorf("with ten of a hundred: %+v, %v", summary, err)
	}
	l.server.ClearFaults()
	for i := range 100 {
		l.write(fmt.Sprintf("%03d", i), fmt.Sprint("changed ", i))
	}
	l.server.Inject(emulator.Fault{Route: "allocate", Status: 503, Times: 1000})
	summary, _, err = l.apply(l.client, l.options())
	if !errors.Is(err, jotta.ErrUnavailable) || summary.Failed < maxRefused || summary.NotTried < 40 {
		t.Errorf("with all: %d failed, %d not tried, %v", summary.Failed, summary.NotTried, err)
	}
	l.mustConverge()
}

func TestABackupdirThatCannotBeMadeLeavesAllUntried(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "a")
	l.server.Inject(emulator.Fault{Route: "createMountpoint", Status: 403})
	summary, w, err := l.apply(l.client, l.options())
	if !errors.Is(err, jotta.ErrForbidden) {
		t.Errorf("error: %v", err)
	}
	wantSummary(t, summary, Summary{Skipped: 1, NotTried: 1})
	w.mustSay("a", Skipped, "not tried: create backupdir")
	l.mustConverge()
}

func TestARefusedPlanIsAccountedForAndNotTouched(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "a")
	plan := l.plan()
	plan.Refusals = []planner.Refusal{{Root: l.root, Reason: "is empty"}}
	l.server.ResetRequests()
	summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if !errors.Is(err, planner.ErrRefused) || len(l.server.Requests()) != 0 {
		t.Errorf("%v, %+v", err, l.server.Requests())
	}
	wantSummary(t, summary, Summary{Skipped: 1, NotTried: 1})
}

// A root that is not there any more says nothing of its files: they did not vanish.
func TestALostRootIsRefused(t *testing.T) {
	t.Parallel()
	for _, lose := range []func(root string) error{
		os.RemoveAll,
		func(root string) error { return os.Rename(root, root+".away") },
		func(root string) error { return errors.Join(os.RemoveAll(root), os.WriteFile(root, nil, 0o644)) },
	} {
		l := newLab(t)
		l.write("a", "a")
		l.write("b", "b")
		plan := l.plan()
		if err := lose(l.root); err != nil {
			t.Fatal(err)
		}
		summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options())
		if !errors.Is(err, planner.ErrRefused) {
			t.Errorf("error: %v", err)
		}
		wantSummary(t, summary, Summary{Skipped: 2, NotTried: 2})
		l.mustHold(nil)
	}
}

func TestARootLostOnTheWayEndsTheRun(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 20 {
		l.write(fmt.Sprint(i), fmt.Sprint(i))
	}
	options := l.options()
	options.Slots = NewSlots(1)
	away := l.root + ".away"
	cloud := &tamperedCloud{Cloud: l.client, at: func(name string, m moment) {
		if m != afterSend || name != "0" {
			return
		}
		// The folder is emptied and put aside, as when a disk goes.
		if err := errors.Join(os.RemoveAll(l.root), os.MkdirAll(l.root, 0o755), os.Mkdir(away, 0o755)); err != nil {
			t.Error(err)
		}
	}}
	summary, _, err := l.apply(cloud, options)
	if !errors.Is(err, planner.ErrRefused) || summary.Vanished != 0 || summary.Unprotected() != 20 {
		t.Errorf("%v, %+v", err, summary)
	}
}
