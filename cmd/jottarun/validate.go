package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/report"
)

func newValidateCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "validate",
		Short:   "Check the jobs file",
		Example: "  jottarun validate -c jobs.yaml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.validate(asJSON) },
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *app) validate(asJSON bool) error {
	cfg, err := a.loadConfig()
	switch {
	case asJSON:
		return errors.Join(err, report.ValidationJSON(a.out, validation(cfg, err)))
	case err != nil:
		return err
	}
	jobs := "jobs"
	if len(cfg.Jobs) == 1 {
		jobs = "job"
	}
	_, err = fmt.Fprintf(a.out, "%s is valid: %d %s\n", cfg.Path, len(cfg.Jobs), jobs)
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
