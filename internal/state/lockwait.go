package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lockTick is how often a lock that another run holds is asked for again.
const lockTick = 100 * time.Millisecond

// Patience is what to do while another run holds a lock.
type Patience struct {
	Wait time.Duration // at most; 0: not at all
	// Tell, if set, is told who holds the lock when the wait begins, and of nil when it
	// ends with the lock.
	Tell func(*LockedError)
}

func (p Patience) tell(held *LockedError) {
	if p.Tell != nil {
		p.Tell(held)
	}
}

// LockWait takes the lock of a job as Lock does, and tries again while another run holds
// it. Once the patience is over a *LockedError says who does. now is the time of the call.
func (d *Dir) LockWait(ctx context.Context, job string, now time.Time, patience Patience) (*Lock, error) {
	started := time.Now() // only to know how much later it is
	over, again := time.NewTimer(patience.Wait), time.NewTicker(lockTick)
	defer over.Stop()
	defer again.Stop()
	waits := false
	for last := patience.Wait <= 0; ; {
		lock, err := d.Lock(job, now.Add(time.Since(started)))
		held, locked := errors.AsType[*LockedError](err)
		if waits && err == nil {
			patience.tell(nil)
		}
		if last || !locked {
			return lock, err
		}
		if !waits {
			waits = true
			patience.tell(held)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock job %q: %w", job, context.Cause(ctx))
		case <-over.C:
			last = true
		case <-again.C:
		}
	}
}
