package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/internal/savedplan"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/planner"
)

type planOptions struct {
	workplace.Options
	json     bool
	detailed bool
	save     string
	against  string
	page     pageFile
}

// NewPlanCommand returns the command that shows plans, and can save them for NewApplyCommand.
func NewPlanCommand(a *app.App) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:     "plan [job...]",
		Short:   "Show what a run would change, and change nothing",
		Example: "  jottarun plan\n  jottarun plan --json pictures",

		ValidArgsFunction: a.CompleteJobs,
		RunE: func(cmd *cobra.Command, names []string) error {
			o.Names = names
			return planAll(cmd.Context(), a, o)
		},
	}
	o.AddPlanFlags(cmd.Flags())
	app.AddJSONFlag(cmd, &o.json)
	cmd.Flags().StringVarP(&o.save, "output", "o", "", "save the plan to this file, for apply and show")
	cmd.Flags().StringVar(&o.against, "against", "", "show what differs from the plan of this other jobs file")
	o.page.addFlag(cmd)
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 where changes are pending")
	return cmd
}

func planAll(ctx context.Context, a *app.App, o planOptions) (err error) {
	if o.save != "" && o.against != "" {
		return exit.Usage(errors.New("--against and --output: what only compares plans cannot be saved as one"))
	}
	if o.save != "" {
		if err := savedplan.MayReplace(o.save); err != nil {
			return err
		}
	}
	if err := o.page.mayWrite(); err != nil {
		return err
	}
	w, err := workplace.Open(a, o.Options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	p := &planning{Workplace: w}
	if o.against != "" {
		if p.against, err = a.LoadOther(o.against); err != nil {
			return err
		}
	}
	stop := w.Watch(ctx, &workplace.Speaker{App: a, Plans: !o.json})
	outcomes := each(w, func(job *config.Job) backup.Outcome { return p.planJob(ctx, job) })
	stop()
	p.tellDropped(o)
	if o.save != "" {
		if err := savePlans(w, o.save, plansOf(outcomes)); err != nil {
			return err
		}
	}
	totals := sumOf(outcomes)
	if err := writePage(w, o.page, html.Report{Verdict: report.PlanVerdict(totals), Good: totals.Good()}, outcomes); err != nil {
		return err
	}
	return concludePlan(a, outcomes, o.json, o.detailed)
}

// planning is a workplace where plans may be compared with those of another jobs file.
type planning struct {
	*workplace.Workplace
	against *config.Config // nil: they are compared with nothing
}

func (p *planning) planJob(ctx context.Context, job *config.Job) (outcome backup.Outcome) {
	if cause := context.Cause(ctx); cause != nil {
		return backup.Outcome{Err: cause}
	}
	counts := new(planner.Progress)
	p.Observer.Begun(report.Start{Job: job.Name, Target: job.Target, Counts: counts})
	defer func() { p.Observer.Ended(job.Name, outcome) }()
	plan, err := p.plan(ctx, job, backup.Memory{}, counts)
	if err == nil && p.against != nil {
		plan, err = p.compare(ctx, plan)
	}
	if err != nil {
		return backup.Outcome{Err: err}
	}
	p.Observer.Planned(plan)
	return backup.Outcome{Plan: plan}
}

// plan plans a job as a run would, without making a state folder.
func (p *planning) plan(ctx context.Context, job *config.Job, memory backup.Memory, counts *planner.Progress) (*planner.Plan, error) {
	spec, err := p.Spec(job)
	if err != nil {
		return nil, err
	}
	spec.Progress = counts
	memory.Now, memory.Log = p.Now, p.Logger()
	if _, err := os.Stat(p.State); errors.Is(err, fs.ErrNotExist) {
		return memory.Plan(ctx, spec, p.Cloud, p.Hasher)
	}
	if memory.State, err = p.OpenState(); err != nil {
		return nil, err
	}
	defer memory.State.Close()
	return memory.Plan(ctx, spec, p.Cloud, p.Hasher)
}

// concludePlan prints what comes after the plans of all jobs, and chooses the exit
// code.
func concludePlan(a *app.App, outcomes []backup.Outcome, asJSON, detailed bool) error {
	totals := sumOf(outcomes)
	if asJSON {
		if err := report.PlanJSON(a.Out, plansOf(outcomes)); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	} else {
		if _, err := fmt.Fprintln(a.Out, report.PlanVerdict(totals)); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	}
	errs := outcomeErrors(outcomes, totals)
	if detailed && totals.Pending() > 0 {
		errs = append(errs, exit.ErrPending)
	}
	return exit.Told(errs...)
}
