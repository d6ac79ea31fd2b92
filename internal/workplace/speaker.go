package workplace

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Speaker is the report.Observer that speaks to people: plans on standard output,
// problems on standard error.
type Speaker struct {
	*app.App
	Plans bool // plans are shown
}

// Begun says, where nobody sees the progress, that a run begins.
func (s *Speaker) Begun(start report.Start) {
	if start.Run && s.Screen == nil && !s.Quiet {
		fmt.Fprintf(s.Err, "planning job %q; %s\n", start.Job, report.ProofAge(start.Proof, s.Now()))
	}
}

// Waiting says, where nobody sees the progress, what a job waits for.
func (s *Speaker) Waiting(_ string, held *state.LockedError) {
	if held != nil && s.Screen == nil && !s.Quiet {
		fmt.Fprintf(s.Err, "%v; waiting for it to end\n", held)
	}
}

// Planned prints a plan and names its problems.
func (s *Speaker) Planned(plan *planner.Plan) {
	if s.Plans && !s.Quiet {
		if err := report.Plan(s.Out, plan, s.Style()); err != nil {
			s.Logger().Debug("print plan", "cause", err)
		}
	}
	report.Problems(s.Err, plan)
	report.Kept(s.Err, plan)
}

// Stale names what of a saved plan does not hold.
func (s *Speaker) Stale(plan *planner.Plan, stale []planner.Stale) {
	report.Stale(s.Err, plan.Job, stale)
}

// Uploading reports a run's events, or a restore's.
func (s *Speaker) Uploading(plan *planner.Plan) func(executor.Event) {
	if plan.Restore {
		return report.Restore(s.Err, plan, s.Verbose)
	}
	return report.Run(s.Err, plan, s.Verbose)
}

// Proved names what is not in the cloud as it should be.
func (s *Speaker) Proved(plan *planner.Plan, proof *planner.Proof) {
	report.Unproved(s.Err, plan.Job, proof)
}

// Back names what was to be pruned and is here again.
func (s *Speaker) Back(plan *planner.Plan, back []planner.Stale) {
	report.Back(s.Err, plan.Job, back)
}

// Pruning reports a pruning's events.
func (s *Speaker) Pruning(pruning *planner.Plan) func(executor.Event) {
	return report.Prune(s.Err, pruning, s.Verbose)
}

// Ended prints what ended a job.
func (s *Speaker) Ended(job string, outcome backup.Outcome) {
	if outcome.ManifestErr != nil {
		s.Explain(fmt.Errorf("job %q: %w", job, outcome.ManifestErr))
	}
	err := outcome.Err
	if err == nil {
		return
	}
	if _, locked := errors.AsType[*state.LockedError](err); locked {
		s.Explain(err)
		return
	}
	s.Explain(fmt.Errorf("job %q: %w", job, err))
}
