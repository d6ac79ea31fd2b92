package executor

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/planner"
)

// crew works on the actions of a plan, several at a time.
type crew struct {
	slots    Slots
	starting context.Context         // ends when nothing new is to be started
	stop     context.CancelCauseFunc // ends starting
}

func newCrew(ctx context.Context, slots Slots) *crew {
	c := &crew{slots: slots}
	c.starting, c.stop = context.WithCancelCause(ctx)
	return c
}

// each does something about every action of some kinds, with as many at a time as
// there are slots, and returns when all are done. An action for which there is none,
// because nothing new is to be started, gets the reason.
func (c *crew) each(plan *planner.Plan, wanted func(planner.Kind) bool, do func(*planner.Action, error)) {
	workers := pool.New().WithMaxGoroutines(cap(c.slots))
	for i := range plan.Actions {
		action := &plan.Actions[i]
		if !wanted(action.Kind) {
			continue
		}
		workers.Go(func() {
			if err := c.takeSlot(); err != nil {
				do(action, err)
				return
			}
			defer c.releaseSlot()
			do(action, nil)
		})
	}
	workers.Wait()
}

// takeSlot waits for a free slot, and refuses one when nothing new is to be
// started.
func (c *crew) takeSlot() error {
	select {
	case <-c.starting.Done():
		return context.Cause(c.starting)
	case c.slots <- struct{}{}:
	}
	if c.starting.Err() != nil { // where both can be done, select does either
		c.releaseSlot()
		return context.Cause(c.starting)
	}
	return nil
}

func (c *crew) releaseSlot() { <-c.slots }

// withGrace returns a context that ends a while after ctx does.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	inFlight, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
	})
	return inFlight, func() {
		stop()
		cancel(context.Canceled)
	}
}
