package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
)

func newStatusCommand(a *app) *cobra.Command {
	var asJSON bool
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:     "status [job...]",
		Short:   "Say what is protected, since when, and what is wrong",
		Example: "  jottarun status\n  jottarun status --max-age 26h",
		RunE: func(_ *cobra.Command, names []string) error {
			return a.status(names, maxAge, asJSON)
		},
	}
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "exit 3 where a job is not protected, or its proof is older")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *app) status(names []string, maxAge time.Duration, asJSON bool) error {
	all := []report.JobStatus{}
	err := a.remembered(names, func(job *config.Job, dir *state.Dir) error {
		runs, proof, err := lookUp(job, dir)
		status := report.JobStatus{Job: job.Name, Target: job.Target, Proof: proof, Selection: selectionOf(job)}
		all = append(all, report.NewJobStatus(status, runs, a.now(), maxAge))
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = report.StatusJSON(a.out, all)
	} else {
		err = report.Status(a.out, all, a.now(), a.style())
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

func lookUp(job *config.Job, dir *state.Dir) ([]state.Record, *state.Proof, error) {
	if dir == nil {
		return nil, nil, nil
	}
	runs, err := dir.History(job.Name)
	if err != nil {
		return nil, nil, err
	}
	proof, err := dir.LastProof(job.Name, job.Target)
	return runs, proof, err
}

func newHistoryCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "history JOB",
		Short:   "Say what the runs of a job did, the newest first",
		Example: "  jottarun history pictures",
		Args:    oneArg,
		RunE: func(_ *cobra.Command, names []string) error {
			return a.remembered(names, func(job *config.Job, dir *state.Dir) error {
				runs, _, err := lookUp(job, dir)
				if err != nil {
					return err
				}
				return a.showHistory(job.Name, runs, asJSON)
			})
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *app) showHistory(job string, runs []state.Record, asJSON bool) error {
	switch {
	case asJSON:
		return report.HistoryJSON(a.out, job, runs)
	case len(runs) == 0:
		_, err := fmt.Fprintf(a.out, "job %q has never run\n", job)
		return err
	}
	return report.History(a.out, runs)
}

// remembered visits jobs with the state folder, which is nil where there is none yet.
func (a *app) remembered(names []string, visit func(*config.Job, *state.Dir) error) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	jobs, err := cfg.Select(names)
	if err != nil {
		return exit.Usage(err)
	}
	path, err := a.stateDir(cfg)
	if err != nil {
		return err
	}
	var dir *state.Dir
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if dir, err = state.Open(path); err != nil {
			return err
		}
		defer dir.Close()
	}
	for _, job := range jobs {
		if err := visit(job, dir); err != nil {
			return err
		}
	}
	return nil
}
