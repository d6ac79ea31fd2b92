package main

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// speaker is the report.Observer that speaks to people: plans on standard output,
// problems on standard error.
type speaker struct {
	*app
	plans bool // plans are shown
}

// Begun says, where nobody sees the progress, that a run begins.
func (s *speaker) Begun(start report.Start) {
	if start.Run && s.screen == nil && !s.quiet {
		fmt.Fprintf(s.err, "planning job %q; %s\n", start.Job, report.ProofAge(start.Proof, s.now()))
	}
}

// Planned prints a plan and names its problems.
func (s *speaker) Planned(plan *planner.Plan) {
	if s.plans && !s.quiet {
		if err := report.Plan(s.out, plan, s.style()); err != nil {
			s.logger().Debug("print plan", "cause", err)
		}
	}
	report.Problems(s.err, plan)
	report.Kept(s.err, plan)
}

// Stale names what of a saved plan does not hold.
func (s *speaker) Stale(plan *planner.Plan, stale []planner.Stale) {
	report.Stale(s.err, plan.Job, stale)
}

// Uploading reports a run's events, or a restore's.
func (s *speaker) Uploading(plan *planner.Plan) func(executor.Event) {
	if plan.Restore {
		return report.Restore(s.err, plan, s.verbose)
	}
	return report.Run(s.err, plan, s.verbose)
}

// Proved names what is not in the cloud as it should be.
func (s *speaker) Proved(plan *planner.Plan, proof *planner.Proof) {
	report.Unproved(s.err, plan.Job, proof)
}

// Back names what was to be pruned and is here again.
func (s *speaker) Back(plan *planner.Plan, back []planner.Stale) {
	report.Back(s.err, plan.Job, back)
}

// Pruning reports a pruning's events.
func (s *speaker) Pruning(pruning *planner.Plan) func(executor.Event) {
	return report.Prune(s.err, pruning, s.verbose)
}

// Ended prints what ended a job.
func (s *speaker) Ended(job string, outcome backup.Outcome) {
	if outcome.ManifestErr != nil {
		s.explain(fmt.Errorf("job %q: %w", job, outcome.ManifestErr))
	}
	err := outcome.Err
	if err == nil {
		return
	}
	if _, locked := errors.AsType[*state.LockedError](err); locked {
		s.explain(err)
		return
	}
	s.explain(fmt.Errorf("job %q: %w", job, err))
}
