package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/planner"
)

type planOptions struct {
	names    []string
	exclude  []string
	json     bool
	detailed bool
}

func newPlanCommand(a *app) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:     "plan [job...]",
		Short:   "Show what a run would change, and change nothing",
		Example: "  jottarun plan\n  jottarun plan --json pictures",
		RunE: func(cmd *cobra.Command, names []string) error {
			o.names = names
			return a.plan(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit 2 where changes are pending")
	cmd.Flags().StringArrayVar(&o.exclude, "exclude", nil, "leave out what matches this pattern, too")
	return cmd
}

func (a *app) plan(ctx context.Context, o planOptions) (err error) {
	w, err := a.openWorkplace(o.names, o.exclude)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	outcomes := w.each(func(job *config.Job) report.Outcome { return w.planJob(ctx, job, o.json) })

	var totals report.Totals
	plans := []*planner.Plan{}
	for _, outcome := range outcomes {
		totals.Add(outcome)
		if outcome.Plan != nil {
			plans = append(plans, outcome.Plan)
		}
	}
	if o.json {
		if err := report.PlanJSON(a.out, plans); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	} else {
		fmt.Fprintln(a.out, report.PlanVerdict(totals))
	}
	errs := outcomeErrors(outcomes, totals)
	if o.detailed && totals.New+totals.Changed > 0 {
		errs = append(errs, errPending)
	}
	return told(errs)
}

func (w *workplace) planJob(ctx context.Context, job *config.Job, asJSON bool) report.Outcome {
	if cause := context.Cause(ctx); cause != nil {
		return report.Outcome{Err: cause}
	}
	plan, err := w.build(ctx, job)
	w.tell(job, err)
	if plan == nil {
		return report.Outcome{Err: err}
	}
	if asJSON {
		w.output.Lock()
		defer w.output.Unlock()
		report.Problems(w.err, plan)
	} else {
		w.showPlan(plan)
	}
	return report.Outcome{Plan: plan}
}
