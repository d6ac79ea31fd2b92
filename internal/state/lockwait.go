package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lockTick is how often a lock that another run holds is asked for again.
const lockTick = 100 * time.Millisecond

// LockWait takes the lock of a job as Lock does, and tries again while another run holds
// it. Once wait is over, at once where it is 0, a *LockedError says who does. now is the
// time of the call.
func (d *Dir) LockWait(ctx context.Context, job string, now time.Time, wait time.Duration) (*Lock, error) {
	started := time.Now() // only to know how much later it is
	over, again := time.NewTimer(wait), time.NewTicker(lockTick)
	defer over.Stop()
	defer again.Stop()
	for last := wait <= 0; ; {
		lock, err := d.Lock(job, now.Add(time.Since(started)))
		if last || !isLocked(err) {
			return lock, err
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

func isLocked(err error) bool {
	_, locked := errors.AsType[*LockedError](err)
	return locked
}
