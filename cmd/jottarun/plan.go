package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/planner"
)

type planOptions struct {
	workOptions
	json     bool
	detailed bool
	save     string
	against  string
	page     pageFile
}

func newPlanCommand(a *app) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:     "plan [job...]",
		Short:   "Show what a run would change, and change nothing",
		Example: "  jottarun plan\n  jottarun plan --json pictures",
		RunE: func(cmd *cobra.Command, names []string) error {
			o.names = names
			return a.planAll(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	addJSONFlag(cmd, &o.json)
	cmd.Flags().StringVarP(&o.save, "output", "o", "", "save the plan to this file, for apply and show")
	cmd.Flags().StringVar(&o.against, "against", "", "show what differs from the plan of this other jobs file")
	o.page.addFlag(cmd)
	cmd.MarkFlagsMutuallyExclusive("against", "output")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 where changes are pending")
	return cmd
}

func (a *app) planAll(ctx context.Context, o planOptions) (err error) {
	if o.save != "" {
		if err := mayReplace(o.save); err != nil {
			return err
		}
	}
	if err := o.page.mayReplace(); err != nil {
		return err
	}
	w, err := a.openWorkplace(o.workOptions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if w.against, err = a.loadOther(o.against); err != nil {
		return err
	}
	stop := w.watch(ctx, &speaker{app: a, plans: !o.json})
	outcomes := w.each(func(job *config.Job) backup.Outcome { return w.planJob(ctx, job) })
	stop()
	w.tellDropped(o.names)
	if o.save != "" {
		if err := w.savePlan(o.save, plansOf(outcomes)); err != nil {
			return err
		}
	}
	totals := sumOf(outcomes)
	if err := w.writePage(o.page, html.Report{Verdict: report.PlanVerdict(totals), Good: totals.Good()}, outcomes); err != nil {
		return err
	}
	return a.concludePlan(outcomes, o.json, o.detailed)
}

func sumOf(outcomes []backup.Outcome) (totals report.Totals) {
	for _, outcome := range outcomes {
		totals.Add(outcome)
	}
	return totals
}

// concludePlan prints what comes after the plans of all jobs, and chooses the exit
// code.
func (a *app) concludePlan(outcomes []backup.Outcome, asJSON, detailed bool) error {
	totals := sumOf(outcomes)
	if asJSON {
		if err := report.PlanJSON(a.out, plansOf(outcomes)); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	} else {
		if _, err := fmt.Fprintln(a.out, report.PlanVerdict(totals)); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	}
	errs := outcomeErrors(outcomes, totals)
	if detailed && totals.Pending() > 0 {
		errs = append(errs, exit.ErrPending)
	}
	return exit.Told(errs...)
}

func plansOf(outcomes []backup.Outcome) []*planner.Plan {
	plans := []*planner.Plan{}
	for _, outcome := range outcomes {
		if outcome.Plan != nil {
			plans = append(plans, outcome.Plan)
		}
	}
	return plans
}

func (w *workplace) planJob(ctx context.Context, job *config.Job) (outcome backup.Outcome) {
	if cause := context.Cause(ctx); cause != nil {
		return backup.Outcome{Err: cause}
	}
	counts := new(planner.Progress)
	w.observer.Begun(report.Start{Job: job.Name, Target: job.Target, Counts: counts})
	defer func() { w.observer.Ended(job.Name, outcome) }()
	plan, err := w.plan(ctx, job, backup.Memory{}, counts)
	if err == nil && w.against != nil {
		plan, err = w.compare(ctx, plan)
	}
	if err != nil {
		return backup.Outcome{Err: err}
	}
	w.observer.Planned(plan)
	return backup.Outcome{Plan: plan}
}

// loadOther reads the jobs file that plans are compared with; nil where there is
// none.
func (a *app) loadOther(path string) (*config.Config, error) {
	if path == "" {
		return nil, nil
	}
	cfg, err := config.Load(path, a.configEnv())
	if err != nil {
		return nil, exit.Config(err)
	}
	return cfg, nil
}

// tellDropped names the jobs that the other jobs file has and this one does not.
func (w *workplace) tellDropped(names []string) {
	if w.against == nil || len(names) > 0 {
		return
	}
	for _, job := range w.against.Jobs {
		if _, found := w.cfg.Job(job.Name); !found {
			fmt.Fprintf(w.out, "job %s   is no longer in the jobs file: what it has in %s stays there, and is not kept up\n", job.Name, job.Target)
		}
	}
}

// compare leaves of a plan what the other jobs file would not do.
func (w *workplace) compare(ctx context.Context, plan *planner.Plan) (*planner.Plan, error) {
	other, found := w.against.Job(plan.Job)
	if !found {
		plan.Notes = append(plan.Notes, planner.Note{Reason: "the job is new: " + w.against.Path + " does not have it"})
		return plan, nil
	}
	old, err := w.plan(ctx, other, backup.Memory{Frozen: true}, nil)
	if err != nil {
		return nil, err
	}
	return plan.Against(old), nil
}
