package setup

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
)

// NewValidateCommand returns the command that names every mistake of the jobs file.
func NewValidateCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "validate",
		Short:   "Check the jobs file",
		Example: "  jottarun validate -c jobs.yaml",
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return validate(a, asJSON) },
	}
	app.AddJSONFlag(cmd, &asJSON)
	return cmd
}

func validate(a *app.App, asJSON bool) error {
	cfg, err := a.LoadConfig()
	switch {
	case asJSON:
		return errors.Join(err, report.ValidationJSON(a.Out, validation(cfg, err)))
	case err != nil:
		return err
	}
	jobs := "jobs"
	if len(cfg.Jobs) == 1 {
		jobs = "job"
	}
	_, err = fmt.Fprintf(a.Out, "%s is valid: %d %s\n", cfg.Path, len(cfg.Jobs), jobs)
	return err
}

// validation is what is to be said of a jobs file that was read, or could not be.
func validation(cfg *config.Config, err error) report.Validation {
	v := report.Validation{Valid: err == nil, Jobs: []string{}, Mistakes: []report.Mistake{}}
	mistakes, inFile := errors.AsType[config.Errors](err)
	for _, m := range mistakes {
		v.Mistakes = append(v.Mistakes, report.Mistake{File: m.File, Line: m.Line, Column: m.Column, Message: m.Msg})
	}
	if err != nil {
		if !inFile {
			v.Mistakes = append(v.Mistakes, report.Mistake{Message: err.Error()})
		}
		return v
	}
	v.File = cfg.Path
	for _, job := range cfg.Jobs {
		v.Jobs = append(v.Jobs, job.Name)
	}
	return v
}
