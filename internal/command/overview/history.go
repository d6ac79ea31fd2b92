package overview

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
)

// NewHistoryCommand returns the command that says what the runs of a job did.
func NewHistoryCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "history JOB",
		Short:   "Say what the runs of a job did, the newest first",
		Example: "  jottarun history pictures",
		Args:    app.Args(cobra.ExactArgs(1)),

		ValidArgsFunction: a.CompleteFirstJob,
		RunE: func(_ *cobra.Command, names []string) error {
			return remembered(a, names, func(job *config.Job, dir *state.Dir) error {
				runs, _, err := lookUp(job, dir)
				if err != nil {
					return err
				}
				return showHistory(a, job.Name, runs, asJSON)
			})
		},
	}
	app.AddJSONFlag(cmd, &asJSON)
	return cmd
}

func showHistory(a *app.App, job string, runs []state.Record, asJSON bool) error {
	switch {
	case asJSON:
		return report.HistoryJSON(a.Out, job, runs)
	case len(runs) == 0:
		_, err := fmt.Fprintf(a.Out, "job %q has never run\n", job)
		return err
	}
	return report.History(a.Out, runs)
}
