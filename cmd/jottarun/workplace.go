package main

import (
	"context"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// workplace is what planning and running need: the jobs, the cloud, and what they
// share.
type workplace struct {
	*app
	cfg    *config.Config
	jobs   []*config.Job
	cloud  *cloud
	state  string // path of the state folder
	hasher *checksum.Hasher
	output sync.Mutex // held while a job writes

	exclude []string // patterns from the command line
}

// openWorkplace reads the jobs file and reaches for the cloud.
func (a *app) openWorkplace(names, exclude []string) (*workplace, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	jobs, err := cfg.Select(names)
	if err != nil {
		return nil, usageError{err}
	}
	stateDir, err := state.Locate(cfg.Settings.StateDir, a.lookup, a.home)
	if err != nil {
		return nil, configError{err}
	}
	cloud, err := a.openCloud(cfg)
	if err != nil {
		return nil, err
	}
	return &workplace{
		app: a, cfg: cfg, jobs: jobs, cloud: cloud, state: stateDir, exclude: exclude,
		hasher: checksum.New(cfg.Settings.Hashers),
	}, nil
}

func (w *workplace) Close() error { return w.cloud.Close() }

// each does something for every job, as many at a time as the settings say, and
// returns the outcomes in the order of the jobs.
func (w *workplace) each(do func(*config.Job) report.Outcome) []report.Outcome {
	outcomes := make([]report.Outcome, len(w.jobs))
	jobs := pool.New().WithMaxGoroutines(w.cfg.Settings.Jobs)
	for i, job := range w.jobs {
		jobs.Go(func() { outcomes[i] = do(job) })
	}
	jobs.Wait()
	return outcomes
}

// build plans one job.
func (w *workplace) build(ctx context.Context, job *config.Job) (*planner.Plan, error) {
	spec, err := newSpec(job, ownFolders(w.cfg, w.state), w.exclude)
	if err != nil {
		return nil, err
	}
	plan, err := planner.Build(ctx, spec, w.cloud, w.hasher)
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return plan, err
}

// outcomeErrors are what the exit code is chosen from: the jobs' own errors,
// refusals and unprotected files.
func outcomeErrors(outcomes []report.Outcome, totals report.Totals) jobErrors {
	var errs jobErrors
	for _, o := range outcomes {
		err := o.Err
		if err == nil && o.Plan != nil {
			err = o.Plan.Check()
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if totals.Unprotected > 0 {
		errs = append(errs, errUnprotected)
	}
	return errs
}
