package runs

import (
	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/savedplan"
	"github.com/jottarun/jottarun/planner"
)

// NewShowCommand returns the command that prints a saved plan. It does not ask the cloud.
func NewShowCommand(a *app.App) *cobra.Command {
	var asJSON, detailed bool
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "Show a saved plan",
		Example: "  jottarun show tonight.plan",
		Args:    app.Args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			saved, err := savedplan.Load(args[0])
			if err != nil {
				return err
			}
			return showPlans(a, saved.Plans, asJSON, detailed)
		},
	}
	app.AddJSONFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit 2 where changes are pending")
	return cmd
}

// showPlans prints plans that were made before.
func showPlans(a *app.App, plans []*planner.Plan, asJSON, detailed bool) error {
	var outcomes []backup.Outcome
	for _, plan := range plans {
		outcomes = append(outcomes, backup.Outcome{Plan: plan})
		if asJSON {
			continue
		}
		if err := report.Plan(a.Out, plan, a.Style()); err != nil {
			return err
		}
	}
	return concludePlan(a, outcomes, asJSON, detailed)
}
