package runs

import (
	"context"
	"fmt"

	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/planner"
)

// tellDropped names the jobs that the other jobs file has and this one does not.
func (p *planning) tellDropped(o planOptions) {
	if p.against == nil || len(o.Names) > 0 {
		return
	}
	out := p.Out
	if o.json {
		out = p.Err // where it does not come between the lines of the document
	}
	for _, job := range p.against.Jobs {
		if _, found := p.Config.Job(job.Name); !found {
			fmt.Fprintf(out, "job %s   is no longer in the jobs file: what it has in %s stays there, and is not kept up\n", job.Name, job.Target)
		}
	}
}

// compare leaves of a plan what the other jobs file would not do.
func (p *planning) compare(ctx context.Context, plan *planner.Plan) (*planner.Plan, error) {
	other, found := p.against.Job(plan.Job)
	if !found {
		plan.Notes = append(plan.Notes, planner.Note{Reason: "the job is new: " + p.against.Path + " does not have it"})
		return plan, nil
	}
	old, err := p.plan(ctx, other, backup.Memory{Frozen: true}, nil)
	if err != nil {
		return nil, err
	}
	return plan.Against(old), nil
}
