package executor

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/planner"
)

// crew works on the actions of a plan, several at a time.
type crew struct {
	slots    *Slots
	starting context.Context         // ends when nothing new is to be started
	stop     context.CancelCauseFunc // ends starting
}

func newCrew(ctx context.Context, slots *Slots) *crew {
	c := &crew{slots: slots}
	c.starting, c.stop = context.WithCancelCause(ctx)
	return c
}

// doing is what a crew does about an action: in a slot, or for want of one with the
// reason why nothing new is to be started.
type doing func(action *planner.Action, in *slot, err error)

// each does something about every action of some kinds, with as many at a time as
// there are slots, and returns when all are done.
func (c *crew) each(plan *planner.Plan, wanted func(planner.Kind) bool, do doing) {
	actions := newQueue(plan, wanted)
	workers := pool.New()
	for range min(c.slots.most, actions.len()) {
		workers.Go(func() {
			for c.doNext(actions, do) {
			}
		})
	}
	workers.Wait()
}

// doNext does something about one more action, if there is one. It chooses the action
// before it has a slot: who finds none left waits for nobody's.
func (c *crew) doNext(actions *queue, do doing) bool {
	action := actions.next(c.slots.most)
	if action == nil {
		return false
	}
	defer actions.ended(action)
	slot, err := c.slots.take(c.starting)
	if err == nil {
		defer c.slots.release(slot)
		err = context.Cause(c.starting) // it may have ended while another gave the slot back
	}
	do(action, slot, err)
	return true
}

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
