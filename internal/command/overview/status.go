// Package overview holds the commands that tell without the cloud how things stand: status
// and history from what is remembered, explain from the jobs file.
package overview

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/internal/state"
)

// NewStatusCommand returns the command that says of jobs what is proved to be in the cloud, and
// since when.
func NewStatusCommand(a *app.App) *cobra.Command {
	var asJSON bool
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:     "status [job...]",
		Short:   "Say what is protected, since when, and what is wrong",
		Example: "  jottarun status\n  jottarun status --max-age 26h",

		ValidArgsFunction: a.CompleteJobs,
		RunE: func(_ *cobra.Command, names []string) error {
			return status(a, names, maxAge, asJSON)
		},
	}
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "exit 3 where a job is not protected, or its proof is older")
	app.AddJSONFlag(cmd, &asJSON)
	return cmd
}

func status(a *app.App, names []string, maxAge time.Duration, asJSON bool) error {
	all := []report.JobStatus{}
	err := remembered(a, names, func(job *config.Job, dir *state.Dir) error {
		runs, proof, err := lookUp(job, dir)
		status := report.JobStatus{Job: job.Name, Target: job.Target, Proof: proof, Selection: selection.Digest(job)}
		all = append(all, report.NewJobStatus(status, runs, a.Now(), maxAge))
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = report.StatusJSON(a.Out, all)
	} else {
		err = report.Status(a.Out, all, a.Now(), a.Style())
	}
	if err != nil {
		return err
	}
	for _, s := range all {
		if maxAge > 0 && !s.Protected {
			return exit.Told(exit.ErrUnprotected)
		}
	}
	return nil
}
