package executor

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// What does not fit in what is left is not begun, and smaller files still are. What was
// not sent after all, as the cloud had it, is left for others.
func TestARunSendsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for name, size := range map[string]int{"a": 40, "b": 70, "c": 50, "d": 20, "e": 1, "f": 0} {
		l.write(name, strings.Repeat(name, size))
	}
	m := newMischief(l)
	m.upload("twin", strings.Repeat("a", 40))
	options := l.options()
	options.Slots = NewSlots(1)
	options.Allowance = NewAllowance(70, time.Time{}, time.Now)
	summary, w, err := l.apply(l.client, options)
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{
		Uploaded: 3, Deduplicated: 1, Bytes: 110, SentBytes: 70, Skipped: 3, NotTried: 3, OverTransfer: 3,
	})
	for _, name := range []string{"c", "d", "e"} {
		w.mustSay(name, Skipped, "not tried: more is not to be sent in this run")
	}
	l.mustConverge()
}

// When the time is over nothing new is begun, and what is in flight ends well.
func TestARunBeginsNothingAfterItsTime(t *testing.T) {
	t.Parallel()
	plan := handmade(t, 20)
	began := time.Now()
	now := began
	options := Options{Slots: NewSlots(1), Hasher: checksum.New(1)}
	options.Now = func() time.Time { return now }
	options.Allowance = NewAllowance(0, began.Add(time.Hour), options.Now)
	sent := 0
	summary, _, err := applyPlan(t.Context(), t, plan, cloudFunc(func(_ context.Context, u jotta.Upload) (jotta.Uploaded, error) {
		if sent++; sent == 5 {
			now = began.Add(time.Hour)
		}
		return jotta.Uploaded{Sent: u.Size}, nil
	}), options)
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{Uploaded: 5, Bytes: 25, SentBytes: 25, Skipped: 15, NotTried: 15, OverTime: 15})
}

// A moved file sends nothing, so that it fits however large it is; without time it is
// not moved either.
func TestMovesNeedTimeAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		until time.Time
		want  Summary
	}{
		{time.Time{}, Summary{Moved: 1}},
		{time.Now(), Summary{Skipped: 1, NotTried: 1, OverTime: 1}},
	} {
		l := newLab(t)
		l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
		l.write("old", "a content that is longer than what may be sent")
		l.mustApply()
		if err := os.Rename(l.path("old"), l.path("new")); err != nil {
			t.Fatal(err)
		}
		options := l.options()
		options.Allowance = NewAllowance(1, c.until, time.Now)
		summary, _, err := l.apply(l.client, options)
		if err != nil {
			t.Fatal(err)
		}
		c.want.Pending = 1
		if diff := cmp.Diff(c.want, *summary, cmpopts.IgnoreFields(Summary{}, "Stored")); diff != "" {
			t.Errorf("until %v (-want +got):\n%s", c.until, diff)
		}
		if moves := l.requests("mv"); moves != c.want.Moved {
			t.Errorf("until %v: %d moves", c.until, moves)
		}
	}
}

func TestWithoutAnAllowanceThereIsNoEnd(t *testing.T) {
	t.Parallel()
	for _, a := range []*Allowance{nil, NewAllowance(0, time.Time{}, time.Now)} {
		if err := a.begin(1 << 62); err != nil || a.Over() != nil {
			t.Errorf("%v: %v", a, err)
		}
		a.settle(1<<62, 1<<62)
		if err := a.begin(1 << 62); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
	if !errors.Is(NewAllowance(0, time.Unix(5, 0), func() time.Time { return time.Unix(5, 0) }).Over(), ErrMaxDuration) {
		t.Error("the time is never over")
	}
}
