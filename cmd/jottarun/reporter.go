package main

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// A workplace is the backup.Reporter of its jobs: it prints, and never lets one job
// speak in the middle of another's words.

// Planned prints a plan and names its problems.
func (w *workplace) Planned(plan *planner.Plan) {
	w.output.Lock()
	defer w.output.Unlock()
	if !w.quiet {
		if err := report.Plan(w.out, plan, w.style()); err != nil {
			w.logger().Debug("print plan", "cause", err)
		}
	}
	report.Problems(w.err, plan)
}

// Stale names what of a saved plan does not hold.
func (w *workplace) Stale(plan *planner.Plan, stale []planner.Stale) {
	w.output.Lock()
	defer w.output.Unlock()
	report.Stale(w.err, plan.Job, stale)
}

// Uploading reports a run's events.
func (w *workplace) Uploading(plan *planner.Plan) func(executor.Event) {
	return w.serially(report.Run(w.err, plan, w.verbose))
}

// Proved names what is not in the cloud as it should be.
func (w *workplace) Proved(plan *planner.Plan, proof *planner.Proof) {
	w.output.Lock()
	defer w.output.Unlock()
	report.Unproved(w.err, plan.Job, proof)
}

// Back names what was to be pruned and is here again.
func (w *workplace) Back(plan *planner.Plan, back []planner.Stale) {
	w.output.Lock()
	defer w.output.Unlock()
	report.Back(w.err, plan.Job, back)
}

// Pruning reports a pruning's events.
func (w *workplace) Pruning(pruning *planner.Plan) func(executor.Event) {
	return w.serially(report.Prune(w.err, pruning, w.verbose))
}

func (w *workplace) serially(observe func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		w.output.Lock()
		defer w.output.Unlock()
		observe(e)
	}
}

// tell prints what ended a job.
func (w *workplace) tell(job *config.Job, err error) {
	if err == nil {
		return
	}
	w.output.Lock()
	defer w.output.Unlock()
	if _, locked := errors.AsType[*state.LockedError](err); locked {
		w.explain(err)
		return
	}
	w.explain(fmt.Errorf("job %q: %w", job.Name, err))
}
