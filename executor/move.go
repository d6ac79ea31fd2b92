package executor

import (
	"context"
	"fmt"

	"github.com/jottarun/jottarun/planner"
)

// moveAll moves, in the cloud, the files that have another path now. The upload that
// follows finds the content there and sends nothing; where a file could not be
// moved, or changed since it was planned, it is uploaded like any other.
func (r *run) moveAll(inFlight context.Context) {
	isMove := func(kind planner.Kind) bool { return kind == planner.Moved }
	r.each(r.plan, isMove, func(action *planner.Action, _ *slot, err error) {
		if err != nil || r.options.Allowance.Over() != nil {
			return // it is accounted for where it would be uploaded
		}
		err = r.move(inFlight, action)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err == nil {
			r.moved[action] = true
		} else if stopsRun(err) {
			r.stop(err)
		}
	})
}

// move moves a file if it is still what was planned: another device may have written
// to the old path since.
func (r *run) move(ctx context.Context, action *planner.Action) error {
	from := r.plan.Target.Join(string(action.From))
	file, err := r.cloud.Stat(ctx, from)
	if err != nil {
		return err
	}
	if !action.Remote.Is(file) {
		return fmt.Errorf("move %q: %w", string(from), ErrTouched)
	}
	return r.cloud.Move(ctx, from, r.plan.Destination(*action))
}

func (r *run) wasMoved(action *planner.Action) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.moved[action]
}
