package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/planner"
)

// Problems names, one line each, why a plan was refused, the paths that could not be
// compared, and what holds its pruning back.
func Problems(w io.Writer, plan *planner.Plan) {
	for _, r := range plan.Refusals {
		fmt.Fprintf(w, "refused job %q: %s\n", plan.Job, refusal(plan, r))
	}
	if plan.OverLimit {
		fmt.Fprintf(w, "held back in job %q: nothing is pruned: %s\n", plan.Job, plan.HeldBack)
	}
	if m := plan.Metadata; m != nil && m.Problem != "" {
		fmt.Fprintf(w, "problem in job %q: its metadata cannot be kept: %s\n", plan.Job, m.Problem)
	}
	for _, p := range plan.Problems {
		names := Quote(string(p.Path))
		for _, twin := range p.Twins {
			names += ", " + Quote(string(twin))
		}
		fmt.Fprintf(w, "problem in job %q: %s: %s\n", plan.Job, names, p.Reason)
	}
}

// Stale names, one line each, what of a saved plan does not hold any more.
func Stale(w io.Writer, job string, stale []planner.Stale) {
	for _, s := range stale {
		fmt.Fprintf(w, "stale in job %q: %s: %s; left alone\n", job, Quote(string(s.Path)), s.Reason)
	}
}

// Back names, one line each, what was to be pruned and is here again.
func Back(w io.Writer, job string, back []planner.Stale) {
	for _, s := range back {
		fmt.Fprintf(w, "note on job %q: %s is left in the cloud: %s\n", job, Quote(string(s.Path)), s.Reason)
	}
}

// Unproved names, one line each, the files that the cloud does not list as they
// were stored, or with other times than were sent.
func Unproved(w io.Writer, job string, proof *planner.Proof) {
	for _, p := range proof.Missing {
		fmt.Fprintf(w, "not proved in job %q: %s: %s; run again\n", job, Quote(string(p.Path)), p.Reason)
	}
	for _, p := range proof.Untimed {
		fmt.Fprintf(w, "not retimed in job %q: %s: %s; run again\n", job, Quote(string(p.Path)), p.Reason)
	}
}

// Run returns an observer that names, one line each, the files that a run could
// not bring to the cloud, and at verbose those that it did.
func Run(w io.Writer, plan *planner.Plan, verbose bool) func(executor.Event) {
	return func(e executor.Event) {
		switch e.Type {
		case executor.Done:
			switch {
			case verbose && e.Action.Kind == planner.Retimed:
				fmt.Fprintf(w, "set the time of %s\n", Quote(string(plan.Destination(*e.Action))))
			case verbose:
				fmt.Fprintf(w, "uploaded %s to %s\n", Quote(string(e.Action.Path)), Quote(string(plan.Destination(*e.Action))))
			}
			if e.Note != "" {
				fmt.Fprintf(w, "note on job %q: %s: %s\n", plan.Job, Quote(string(e.Action.Path)), e.Note)
			}
		case executor.Failed:
			fmt.Fprintf(w, "failed in job %q: %s: %v; tried again next run\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
		case executor.Skipped:
			reportSkipped(w, plan, e)
		case executor.Finished:
			if n := e.Summary.NoTimes; n > 0 {
				fmt.Fprintf(w, "note on job %q: the times of %s stay as they are in the cloud: %v\n", plan.Job, plural(n, "file"), executor.ErrNoTimes)
			}
		}
	}
}

// Prune returns an observer that names, one line each, what a pruning could not or
// would not remove, and at verbose what it did.
func Prune(w io.Writer, plan *planner.Plan, verbose bool) func(executor.Event) {
	return func(e executor.Event) {
		at := Quote(string(plan.Destination(*e.Action)))
		switch {
		case e.Type == executor.Failed:
			fmt.Fprintf(w, "not pruned in job %q: %s: %v; tried again next run\n", plan.Job, at, e.Err)
		case e.Type == executor.Skipped && !errors.Is(e.Err, executor.ErrNotTried):
			fmt.Fprintf(w, "note on job %q: %s is left in the cloud: %v\n", plan.Job, at, e.Err)
		case verbose:
			fmt.Fprintf(w, "pruned %s\n", at)
		}
	}
}

func reportSkipped(w io.Writer, plan *planner.Plan, e executor.Event) {
	switch {
	case errors.Is(e.Err, executor.ErrNotTried): // counted in the verdict
	case errors.Is(e.Err, executor.ErrNoTimes): // told once, in the end
	case errors.Is(e.Err, executor.ErrVanished):
		fmt.Fprintf(w, "note on job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
	default:
		fmt.Fprintf(w, "skipped in job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
	}
}
