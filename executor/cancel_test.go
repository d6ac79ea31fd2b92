package executor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

var errInterrupted = errors.New("interrupted")

// Once the context ends nothing new is started, and what is in flight goes on.
func TestInterruptedWhatIsInFlightEndsWell(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 40 {
		l.write(fmt.Sprint(i), big(fmt.Sprint(i, " "))[:200_000])
	}
	plan := l.plan()
	ctx, interrupt := context.WithCancelCause(t.Context())
	defer interrupt(nil)
	cloud := &tamperedCloud{Cloud: l.client, at: func(_ string, m moment) {
		if m == midSend {
			interrupt(errInterrupted)
		}
	}}
	options := l.options()
	summary, _, err := applyPlan(ctx, t, plan, cloud, options)
	if !errors.Is(err, errInterrupted) {
		t.Errorf("error: %v", err)
	}
	if summary.Uploaded < 1 || summary.Uploaded > options.Slots.most || summary.Failed != 0 || summary.NotTried != 40-summary.Uploaded {
		t.Errorf("%+v", summary)
	}
	if held := len(l.cloud()); held != summary.Uploaded {
		t.Errorf("%d in the cloud, %d told", held, summary.Uploaded)
	}
	l.mustConverge()
}

func TestInterruptedBeforeItBeginsAsksNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "a")
	plan := l.plan() // which lacks the backupdir
	l.server.ResetRequests()
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(errInterrupted)
	summary, _, err := applyPlan(ctx, t, plan, l.client, l.options())
	if !errors.Is(err, errInterrupted) || len(l.server.Requests()) != 0 {
		t.Errorf("%v, %+v", err, l.server.Requests())
	}
	wantSummary(t, summary, Summary{Skipped: 1, NotTried: 1})
}

// handmade is a plan of new files, none of which needs a cloud to be planned.
func handmade(t *testing.T, files int) *planner.Plan {
	t.Helper()
	l := &lab{t: t, root: t.TempDir()}
	plan := &planner.Plan{Job: "job", Target: target, Roots: []planner.Root{{Path: l.root}}}
	for i := range files {
		name := fmt.Sprintf("%05d", i)
		l.write(name, name)
		plan.Actions = append(plan.Actions, planner.Action{
			Kind: planner.New, Path: planner.RelPath(name), Local: &planner.LocalFile{Rel: planner.RelPath(name), Size: 5},
		})
		plan.Counts.New++
	}
	return plan
}

// What does not end within the grace is ended.
func TestTheGraceEnds(t *testing.T) {
	t.Parallel()
	plan := handmade(t, 5)
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancelCause(t.Context())
		stuck := cloudFunc(func(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
			interrupt(errInterrupted)
			<-ctx.Done()
			return jotta.Uploaded{Sent: 3}, context.Cause(ctx)
		})
		began := time.Now()
		summary, w, err := applyPlan(ctx, t, plan, stuck, Options{Slots: NewSlots(2), Hasher: checksum.New(1), Grace: 4 * time.Second})
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %v", took)
		}
		if !errors.Is(err, errInterrupted) || summary.Failed < 1 || summary.Failed > 2 || summary.NotTried != 5-summary.Failed {
			t.Errorf("%v, %+v, %q", err, summary, w.reasons())
		}
		if summary.SentBytes != 3*int64(summary.Failed) {
			t.Errorf("%d bytes sent in vain", summary.SentBytes)
		}
	})
}

// Two jobs together have no more in flight than the slots that they share.
func TestSlotsAreShared(t *testing.T) {
	t.Parallel()
	plans := []*planner.Plan{handmade(t, 12), handmade(t, 12)}
	synctest.Test(t, func(t *testing.T) {
		const slots = 3
		var inFlight, most atomic.Int64
		cloud := cloudFunc(func(_ context.Context, u jotta.Upload) (jotta.Uploaded, error) {
			n := inFlight.Add(1)
			defer inFlight.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Second) // of the bubble: the others come as far as they can
			return jotta.Uploaded{Sent: u.Size}, nil
		})
		options := Options{Slots: NewSlots(slots), Hasher: checksum.New(1)}
		began := time.Now()
		var jobs conc.WaitGroup
		for _, plan := range plans {
			jobs.Go(func() {
				if summary, _, err := applyPlan(t.Context(), t, plan, cloud, options); err != nil || summary.Uploaded != 12 {
					t.Errorf("%v, %+v", err, summary)
				}
			})
		}
		jobs.Wait()
		if took := time.Since(began); most.Load() != slots || took != 24/slots*time.Second {
			t.Errorf("%d at once, in %v", most.Load(), took)
		}
	})
}

// A job that has to end does not wait for the places that another one holds.
func TestAStoppedJobWaitsForNobodysSlot(t *testing.T) {
	t.Parallel()
	plan := handmade(t, 3)
	plan.Refusals = []planner.Refusal{{Root: "/data", Reason: "is empty"}}
	options := Options{Slots: NewSlots(1), Hasher: checksum.New(1)}
	if _, err := options.Slots.take(t.Context()); err != nil { // for good
		t.Fatal(err)
	}
	cloud := cloudFunc(func(context.Context, jotta.Upload) (jotta.Uploaded, error) {
		t.Error("something was sent")
		return jotta.Uploaded{}, nil
	})
	summary, _, err := applyPlan(t.Context(), t, plan, cloud, options)
	if !errors.Is(err, planner.ErrRefused) || summary.NotTried != 3 {
		t.Errorf("%v, %+v", err, summary)
	}
	if NewSlots(0).most != 1 {
		t.Error("no slots would be a run that never ends")
	}
}
