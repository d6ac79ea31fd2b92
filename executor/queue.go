package executor

import (
	"cmp"
	"slices"
	"sync"

	"github.com/jottarun/jottarun/planner"
)

// queue holds the actions that are still to be begun. Big files are begun early, the
// biggest first, so that none of them is what everything waits for in the end; they
// take up to half of the slots as long as there are small files to fill the others.
type queue struct {
	mu         sync.Mutex
	big, small []*planner.Action // small in the order of the plan
	inFlight   int               // big ones
}

// newQueue takes the actions of some kinds from a plan.
func newQueue(plan *planner.Plan, wanted func(planner.Kind) bool) *queue {
	q := &queue{}
	for i := range plan.Actions {
		switch action := &plan.Actions[i]; {
		case !wanted(action.Kind):
		case isBig(action):
			q.big = append(q.big, action)
		default:
			q.small = append(q.small, action)
		}
	}
	slices.SortStableFunc(q.big, func(a, b *planner.Action) int { return cmp.Compare(sizeOf(b), sizeOf(a)) })
	return q
}

// isBig reports whether a file is one to be sent, or brought back, piece by piece. What is only to be
// moved or removed in the cloud is not.
func isBig(action *planner.Action) bool {
	transfers := action.Kind.Uploads() && action.Kind != planner.Moved || action.Kind.Downloads()
	return transfers && sizeOf(action) > wholeFile
}

// sizeOf is that of the file that an action sends or brings back.
func sizeOf(action *planner.Action) int64 {
	if action.Kind.Downloads() {
		return action.Remote.Size
	}
	return action.Local.Size
}

// next returns the action to begin when there are so many slots, or nil after the
// last one.
func (q *queue) next(slots int) *planner.Action {
	q.mu.Lock()
	defer q.mu.Unlock()
	from := &q.small
	if len(q.small) == 0 || len(q.big) > 0 && q.inFlight < max(slots/2, 1) {
		from = &q.big
	}
	if len(*from) == 0 {
		return nil
	}
	action := (*from)[0]
	*from = (*from)[1:]
	if isBig(action) {
		q.inFlight++
	}
	return action
}

// ended tells that a begun action has come to its end.
func (q *queue) ended(action *planner.Action) {
	if isBig(action) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.inFlight--
	}
}

// len returns how many actions are still to be begun.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.big) + len(q.small)
}
