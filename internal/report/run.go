package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/planner"
)

// Problems names, one line each, the paths of a plan that could not be compared.
func Problems(w io.Writer, plan *planner.Plan) {
	for _, p := range plan.Problems {
		names := Quote(string(p.Path))
		for _, twin := range p.Twins {
			names += ", " + Quote(string(twin))
		}
		fmt.Fprintf(w, "problem in job %q: %s: %s\n", plan.Job, names, p.Reason)
	}
}

// Unproved names, one line each, the files that the cloud does not list as they
// were stored.
func Unproved(w io.Writer, job string, proof *planner.Proof) {
	for _, p := range proof.Missing {
		fmt.Fprintf(w, "not proved in job %q: %s: %s; run again\n", job, Quote(string(p.Path)), p.Reason)
	}
}

// Run returns an observer that names, one line each, the files that a run could
// not bring to the cloud, and at verbose those that it did.
func Run(w io.Writer, plan *planner.Plan, verbose bool) func(executor.Event) {
	return func(e executor.Event) {
		switch e.Type {
		case executor.Done:
			if verbose {
				fmt.Fprintf(w, "uploaded %s to %s\n", Quote(string(e.Action.Path)), Quote(string(plan.Destination(*e.Action))))
			}
			if e.Note != "" {
				fmt.Fprintf(w, "note on job %q: %s: %s\n", plan.Job, Quote(string(e.Action.Path)), e.Note)
			}
		case executor.Failed:
			fmt.Fprintf(w, "failed in job %q: %s: %v; tried again next run\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
		case executor.Skipped:
			reportSkipped(w, plan, e)
		}
	}
}

func reportSkipped(w io.Writer, plan *planner.Plan, e executor.Event) {
	switch {
	case errors.Is(e.Err, executor.ErrNotTried): // counted in the verdict
	case errors.Is(e.Err, executor.ErrVanished):
		fmt.Fprintf(w, "note on job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
	default:
		fmt.Fprintf(w, "skipped in job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
	}
}
