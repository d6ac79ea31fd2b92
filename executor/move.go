package executor

import (
	"context"

	"github.com/jottarun/jottarun/planner"
)

// moveAll moves, in the cloud, the files that have another path now. The upload that
// follows finds the content there and sends nothing; where a file could not be
// moved, or changed since it was planned, it is uploaded like any other.
func (r *run) moveAll(inFlight context.Context) {
	isMove := func(kind planner.Kind) bool { return kind == planner.Moved }
	r.each(r.plan, isMove, func(action *planner.Action, err error) {
		if err != nil {
			return // it is accounted for where it would be uploaded
		}
		err = r.cloud.Move(inFlight, r.plan.Target.Join(string(action.From)), r.plan.Destination(*action))
		r.mu.Lock()
		defer r.mu.Unlock()
		if err == nil {
			r.moved[action] = true
		} else if stopsRun(err) {
			r.stop(err)
		}
	})
}

func (r *run) wasMoved(action *planner.Action) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.moved[action]
}
