package executor

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// ErrDamaged says that the cloud gives other bytes of a file than those that it lists.
var ErrDamaged = errors.New("silently damaged in the cloud")

// ReadBack downloads every file of a plan of planner.ReadBack and keeps nothing but the
// knowledge whether the bytes have the MD5 that the cloud lists: a file whose bytes do not
// fails with ErrDamaged. It ends and accounts for everything as Restore does.
func ReadBack(ctx context.Context, plan *planner.Plan, cloud Downloader, options Options) (*Summary, error) {
	r := &run{plan: plan, options: options, summary: newRestoreSummary(plan)}
	defer func() { r.emit(Event{Type: Finished, Summary: r.summary}) }()
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	r.crew = newCrew(ctx, options.Slots)
	defer r.stop(nil)
	r.each(plan, planner.Kind.Downloads, func(action *planner.Action, _ *slot, err error) {
		if err != nil {
			r.skip(action, fmt.Errorf("%w: %w", ErrNotTried, err))
			return
		}
		r.readBack(inFlight, action, cloud)
	})
	return r.summary, context.Cause(r.starting)
}

func (r *run) readBack(ctx context.Context, action *planner.Action, cloud Downloader) {
	r.emit(Event{Type: Started, Action: action})
	received, err := cloud.Download(ctx, jotta.Download{
		Path: r.plan.Destination(*action), Size: action.Remote.Size, MD5: action.Remote.MD5, To: io.Discard,
		Progress: func(n int64) { r.emit(Event{Type: Sent, Action: action, Bytes: n}) },
	})
	r.countSent(received)
	if errors.Is(err, jotta.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		r.fail(action, err)
		return
	}
	r.account(func(s *Summary) {
		s.Fetched++
		s.Bytes += action.Remote.Size
		r.unreachable, r.refused = 0, 0
	}, Event{Type: Done, Action: action, Bytes: action.Remote.Size})
}
