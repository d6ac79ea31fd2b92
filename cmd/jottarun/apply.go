package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/planner"
)

// maxPlanAge is how old a saved plan may be, unless a flag says otherwise.
const maxPlanAge = 24 * time.Hour

func newApplyCommand(a *app) *cobra.Command {
	var o runOptions
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Apply a saved plan, as far as it still holds",
		Long: `Applies a plan that "plan -o FILE" saved. Its jobs are planned afresh, and done is
what both plans have in common; what does not hold any more is named and left
alone, and the exit code is 5.`,
		Example: "  jottarun plan -o tonight.plan\n  jottarun apply tonight.plan",
		Args:    oneArg,

		Annotations: map[string]string{inLines: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.inJSON(&o, func() error { return a.apply(cmd.Context(), args[0], o, maxAge) })
		},
	}
	o.addGuardFlags(cmd)
	o.addRunFlags(cmd)
	cmd.Flags().DurationVar(&maxAge, "max-plan-age", maxPlanAge, "refuse a plan that is older")
	return cmd
}

func (a *app) apply(ctx context.Context, path string, o runOptions, maxAge time.Duration) error {
	saved, err := loadPlan(path)
	if err != nil {
		return err
	}
	for _, plan := range saved.Plans {
		o.names = append(o.names, plan.Job) // at least one: without names, all jobs would run
	}
	return a.runWith(ctx, o, func(w *workplace) (narrowing, error) {
		if err := saved.check(w.cfg, w.now(), maxAge); err != nil {
			return nil, err
		}
		return func(plan *planner.Plan) (*planner.Plan, []planner.Stale) {
			for _, p := range saved.Plans {
				if p.Job == plan.Job {
					return plan.Intersect(p)
				}
			}
			return plan.Intersect(&planner.Plan{}) // nothing of it was saved
		}, nil
	})
}

// narrowing leaves of a plan what may be done, and names what was wanted and may
// not.
type narrowing func(*planner.Plan) (*planner.Plan, []planner.Stale)

func newShowCommand(a *app) *cobra.Command {
	var asJSON, detailed bool
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "Show a saved plan",
		Example: "  jottarun show tonight.plan",
		Args:    oneArg,
		RunE: func(_ *cobra.Command, args []string) error {
			saved, err := loadPlan(args[0])
			if err != nil {
				return err
			}
			return a.showPlans(saved.Plans, asJSON, detailed)
		},
	}
	addJSONFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit 2 where changes are pending")
	return cmd
}

// showPlans prints plans that were made before.
func (a *app) showPlans(plans []*planner.Plan, asJSON, detailed bool) error {
	var outcomes []backup.Outcome
	for _, plan := range plans {
		outcomes = append(outcomes, backup.Outcome{Plan: plan})
		if asJSON {
			continue
		}
		if err := report.Plan(a.out, plan, a.style()); err != nil {
			return err
		}
	}
	return a.concludePlan(outcomes, asJSON, detailed)
}
