package runs

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/savedplan"
	"github.com/jottarun/jottarun/planner"
)

// maxPlanAge is how old a saved plan may be, unless a flag says otherwise.
const maxPlanAge = 24 * time.Hour

// NewApplyCommand returns the command that applies a saved plan, as far as it still holds.
func NewApplyCommand(a *app.App) *cobra.Command {
	var o runOptions
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Apply a saved plan, as far as it still holds",
		Long: `Applies a plan that "plan -o FILE" saved. Its jobs are planned afresh, and done is
what both plans have in common; what does not hold any more is named and left
alone, and the exit code is 5.`,
		Example: "  jottarun plan -o tonight.plan\n  jottarun apply tonight.plan",
		Args:    app.Args(cobra.ExactArgs(1)),

		Annotations: map[string]string{inLines: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return inJSON(a, &o, func() error { return apply(cmd.Context(), a, args[0], o, maxAge) })
		},
	}
	o.AddGuardFlags(cmd.Flags())
	o.addRunFlags(cmd)
	cmd.Flags().DurationVar(&maxAge, "max-plan-age", maxPlanAge, "refuse a plan that is older")
	return cmd
}

func apply(ctx context.Context, a *app.App, path string, o runOptions, maxAge time.Duration) error {
	saved, err := savedplan.Load(path)
	if err != nil {
		return err
	}
	for _, plan := range saved.Plans {
		o.Names = append(o.Names, plan.Job) // at least one: without names, all jobs would run
	}
	o.Approve = func(cfg *config.Config) error { return saved.Check(cfg, a.Now(), maxAge) }
	return runWith(ctx, a, o, func(plan *planner.Plan) (*planner.Plan, []planner.Stale) {
		for _, p := range saved.Plans {
			if p.Job == plan.Job {
				return plan.Intersect(p)
			}
		}
		return plan.Intersect(&planner.Plan{}) // nothing of it was saved
	})
}

// narrowing leaves of a plan what may be done, and names what was wanted and may
// not; nil leaves everything.
type narrowing func(*planner.Plan) (*planner.Plan, []planner.Stale)
