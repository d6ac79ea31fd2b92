package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sourcegraph/conc/pool"
	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/priority"
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

	observer report.Observer // told of all jobs

	flags    workOptions
	maxPrune *config.Limit  // from the command line; nil: as the jobs say
	against  *config.Config // what plans are compared with; nil: nothing
}

// workOptions are the flags that planning and running have in common.
type workOptions struct {
	names       []string
	exclude     []string
	maxDelete   string
	acceptEmpty bool
	accept      []string
	transfers   int // 0: as the settings say
	bwlimit     rateFlag
}

func (o *workOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.exclude, "exclude", nil, "leave out what matches this pattern, too")
	o.addGuardFlags(cmd)
}

// addGuardFlags adds those that loosen guards.
func (o *workOptions) addGuardFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.maxDelete, "max-delete", "", "prune at most so many files, or such a share (default: max_prune)")
	cmd.Flags().StringArrayVar(&o.accept, "accept-changed", nil, "take a file, or those in a folder, for what it holds now, though only its content changed")
	cmd.Flags().BoolVar(&o.acceptEmpty, "accept-empty-root", false, "for once, take an empty root or another file system for what it seems")
}

// openWorkplace reads the jobs file and reaches for the cloud.
func (a *app) openWorkplace(o workOptions) (*workplace, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	jobs, err := cfg.Select(o.names)
	if err != nil {
		return nil, exit.Usage(err)
	}
	maxPrune, err := o.limit()
	if err != nil {
		return nil, err
	}
	stateDir, err := state.Locate(cfg.Settings.StateDir, a.lookup, a.home)
	if err != nil {
		return nil, exit.Config(err)
	}
	cfg.Settings.Uploads = cmp.Or(o.transfers, cfg.Settings.Uploads)
	o.bwlimit.override(&cfg.Settings.Bandwidth)
	if cfg.Settings.Nice {
		a.stepBack()
	}
	cloud, err := a.openCloud(cfg)
	if err != nil {
		return nil, err
	}
	return &workplace{
		app: a, cfg: cfg, jobs: jobs, cloud: cloud, state: stateDir,
		hasher: checksum.New(cfg.Settings.Hashers), flags: o, maxPrune: maxPrune,
	}, nil
}

// stepBack lets other processes go first. That it cannot is no reason to make no backup.
func (a *app) stepBack() {
	if err := priority.Lower(); err != nil && !a.quiet {
		fmt.Fprintf(a.err, "settings.nice has no effect: %v\n", err)
	}
}

func (o *workOptions) limit() (*config.Limit, error) {
	if o.maxDelete == "" {
		return nil, nil
	}
	limit, err := config.ParseLimit(o.maxDelete)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("--max-delete %q: %w", o.maxDelete, err))
	}
	return &limit, nil
}

func (w *workplace) Close() error { return w.cloud.Close() }

// each does something for every job, as many at a time as the settings say, and
// returns the outcomes in the order of the jobs.
func (w *workplace) each(do func(*config.Job) backup.Outcome) []backup.Outcome {
	outcomes := make([]backup.Outcome, len(w.jobs))
	jobs := pool.New().WithMaxGoroutines(w.cfg.Settings.Jobs)
	for i, job := range w.jobs {
		jobs.Go(func() { outcomes[i] = do(job) })
	}
	jobs.Wait()
	return outcomes
}

// eachInTurn does something for every job, and returns the outcomes in their order. In
// that order the jobs are planned, the next one while as many as the settings say are
// applied.
func (w *workplace) eachInTurn(do func(*config.Job, *backup.Turn) backup.Outcome) []backup.Outcome {
	outcomes := make([]backup.Outcome, len(w.jobs))
	turns := backup.NewTurns(w.cfg.Settings.Jobs)
	jobs := pool.New().WithMaxGoroutines(w.cfg.Settings.Jobs + 1)
	for i, job := range w.jobs {
		turn := turns.Next()
		jobs.Go(func() {
			defer turn.End()
			outcomes[i] = do(job, turn)
		})
	}
	jobs.Wait()
	return outcomes
}

// spec is what a job wants, with what the command line adds.
func (w *workplace) spec(job *config.Job) (planner.Spec, error) {
	spec, err := newSpec(job, w.flags.exclude)
	if err != nil {
		return planner.Spec{}, err
	}
	if len(w.flags.exclude) > 0 {
		spec.Prune.Excluded = false // what is hidden for once is not to go
	}
	spec.Own, spec.AcceptEmpty = ownFolders(w.cfg, w.state), w.flags.acceptEmpty
	spec.AcceptChanged = w.flags.accept
	if w.maxPrune != nil {
		spec.Prune.Max = planner.Limit(*w.maxPrune)
	}
	return spec, nil
}

// plan plans a job as a run would, without making a state folder.
func (w *workplace) plan(ctx context.Context, job *config.Job, memory backup.Memory, counts *planner.Progress) (*planner.Plan, error) {
	spec, err := w.spec(job)
	if err != nil {
		return nil, err
	}
	spec.Progress = counts
	memory.Now, memory.Log = w.now, w.logger()
	if _, err := os.Stat(w.state); errors.Is(err, fs.ErrNotExist) {
		return memory.Plan(ctx, spec, w.cloud, w.hasher)
	}
	if memory.State, err = state.Open(w.state); err != nil {
		return nil, err
	}
	defer memory.State.Close()
	return memory.Plan(ctx, spec, w.cloud, w.hasher)
}

// outcomeErrors are what the exit code is chosen from: the jobs' own errors,
// refusals and unprotected files.
func outcomeErrors(outcomes []backup.Outcome, totals report.Totals) []error {
	var errs []error
	for _, o := range outcomes {
		err := o.Err
		if err == nil && o.Plan != nil {
			err = o.Plan.Check()
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if totals.Stale > 0 {
		errs = append(errs, exit.ErrStale)
	}
	if totals.HeldBack > 0 {
		errs = append(errs, exit.ErrHeldBack)
	}
	if totals.Unprotected+totals.Unpruned+totals.Untimed+totals.Partial+totals.Unkept > 0 {
		errs = append(errs, exit.ErrUnprotected)
	}
	return errs
}
