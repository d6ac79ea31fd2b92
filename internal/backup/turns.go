package backup

import "context"

// Turns let jobs be planned while others are applied: as many as may run at a time are
// planned, and as many applied. So the next job is ready when one has ended.
type Turns struct{ planning, applying chan struct{} }

// NewTurns returns turns for so many jobs at a time, and one where that is less.
func NewTurns(jobs int) *Turns {
	jobs = max(jobs, 1)
	return &Turns{make(chan struct{}, jobs), make(chan struct{}, jobs)}
}

// Next waits until one more job may be planned.
func (t *Turns) Next() *Turn {
	t.planning <- struct{}{}
	return &Turn{turns: t, planning: true}
}

// Turn is that of one job, which uses it in one goroutine. A nil Turn waits for nobody.
type Turn struct {
	turns              *Turns
	planning, applying bool
}

// apply tells that the job is planned, and waits until it may be applied, or for ctx to
// end, of which it returns the cause.
func (t *Turn) apply(ctx context.Context) error {
	if t == nil {
		return nil
	}
	t.planned()
	select {
	case t.turns.applying <- struct{}{}:
		t.applying = true
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *Turn) planned() {
	if t.planning {
		t.planning = false
		<-t.turns.planning
	}
}

// End gives the turn back, however far it came.
func (t *Turn) End() {
	t.planned()
	if t.applying {
		t.applying = false
		<-t.turns.applying
	}
}
