package report

import (
	"sync"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Observer is told all that happens to jobs, from their beginning to their end. One
// that Together was given is never called concurrently.
type Observer interface {
	Begun(Start)
	backup.Reporter
	Ended(job string, outcome backup.Outcome)
}

// Start is a job that begins.
type Start struct {
	Job    string
	Target string
	Counts *planner.Progress // of its planning
	Run    bool              // it is to be applied, not only planned
	Proof  *state.Proof      // Run: the last one on this target; nil where there is none
}

// Together returns an observer that tells all the others, one event at a time.
func Together(observers ...Observer) Observer { return &together{observers: observers} }

type together struct {
	mu        sync.Mutex
	observers []Observer
}

func (t *together) each(tell func(Observer)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, o := range t.observers {
		tell(o)
	}
}

func (t *together) Begun(start Start) { t.each(func(o Observer) { o.Begun(start) }) }

func (t *together) Waiting(job string, held *state.LockedError) {
	t.each(func(o Observer) { o.Waiting(job, held) })
}

func (t *together) Planned(plan *planner.Plan) { t.each(func(o Observer) { o.Planned(plan) }) }

func (t *together) Stale(plan *planner.Plan, stale []planner.Stale) {
	t.each(func(o Observer) { o.Stale(plan, stale) })
}

func (t *together) Uploading(plan *planner.Plan) func(executor.Event) {
	return t.events(func(o Observer) func(executor.Event) { return o.Uploading(plan) })
}

func (t *together) Proved(plan *planner.Plan, proof *planner.Proof) {
	t.each(func(o Observer) { o.Proved(plan, proof) })
}

func (t *together) Back(plan *planner.Plan, back []planner.Stale) {
	t.each(func(o Observer) { o.Back(plan, back) })
}

func (t *together) Pruning(pruning *planner.Plan) func(executor.Event) {
	return t.events(func(o Observer) func(executor.Event) { return o.Pruning(pruning) })
}

func (t *together) Ended(job string, outcome backup.Outcome) {
	t.each(func(o Observer) { o.Ended(job, outcome) })
}

// events joins the functions that the observers want events told to.
func (t *together) events(of func(Observer) func(executor.Event)) func(executor.Event) {
	var all []func(executor.Event)
	t.each(func(o Observer) {
		if observe := of(o); observe != nil {
			all = append(all, observe)
		}
	})
	return func(e executor.Event) {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, observe := range all {
			observe(e)
		}
	}
}

// Deaf observes nothing: what embeds it tells of the rest.
type Deaf struct{}

func (Deaf) Begun(Start)                                  {}
func (Deaf) Waiting(string, *state.LockedError)           {}
func (Deaf) Planned(*planner.Plan)                        {}
func (Deaf) Stale(*planner.Plan, []planner.Stale)         {}
func (Deaf) Uploading(*planner.Plan) func(executor.Event) { return nil }
func (Deaf) Proved(*planner.Plan, *planner.Proof)         {}
func (Deaf) Back(*planner.Plan, []planner.Stale)          {}
func (Deaf) Pruning(*planner.Plan) func(executor.Event)   { return nil }
func (Deaf) Ended(string, backup.Outcome)                 {}
