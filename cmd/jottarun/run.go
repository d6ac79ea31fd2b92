package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// grace is how long what is in flight may go on after the first signal.
const grace = 4 * time.Second

type runOptions struct {
	workOptions
	dryRun    bool
	transfers int
	lockWait  time.Duration
}

func newRunCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run [job...]",
		Short:   "Plan and apply all jobs, or the named ones",
		Example: "  jottarun run\n  jottarun run pictures etc",
		RunE: func(cmd *cobra.Command, names []string) error {
			o.names = names
			if o.dryRun {
				return a.plan(cmd.Context(), planOptions{workOptions: o.workOptions})
			}
			return a.run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	o.addRunFlags(cmd)
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would change; the same as the plan command")
	return cmd
}

func (o *runOptions) addRunFlags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&o.transfers, "transfers", 0, "files in flight (default: settings.uploads)")
	cmd.Flags().DurationVar(&o.lockWait, "lock-wait", 0, "wait so long for another run of a job to end")
}

func (a *app) run(ctx context.Context, o runOptions) error {
	return a.runWith(ctx, o, func(*workplace) (narrowing, error) { return nil, nil })
}

// runWith runs the jobs, doing of each only what the narrowing leaves.
func (a *app) runWith(ctx context.Context, o runOptions, narrow func(*workplace) (narrowing, error)) (err error) {
	if o.transfers < 0 {
		return usageError{fmt.Errorf("--transfers %d: want a number above 0", o.transfers)}
	}
	w, err := a.openWorkplace(o.workOptions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	only, err := narrow(w)
	if err != nil {
		return err
	}
	dir, err := state.Open(w.state)
	if err != nil {
		return err
	}
	defer dir.Close()
	slots := executor.NewSlots(cmp.Or(o.transfers, w.cfg.Settings.Uploads))
	outcomes := w.each(func(job *config.Job) report.Outcome {
		r := &jobRun{workplace: w, dir: dir, slots: slots, job: job, only: only}
		return r.run(ctx, o.lockWait)
	})

	var totals report.Totals
	for _, o := range outcomes {
		totals.Add(o)
	}
	fmt.Fprintln(a.out, report.RunVerdict(totals))
	return told(outcomeErrors(outcomes, totals))
}

// jobRun is one run of one job.
type jobRun struct {
	*workplace
	dir   *state.Dir
	slots executor.Slots
	job   *config.Job
	only  narrowing // nil: do all that is planned
}

// run locks the job, plans and applies it, and remembers what came of it.
func (r *jobRun) run(ctx context.Context, lockWait time.Duration) (o report.Outcome) {
	defer func() { r.tell(r.job, o.Err) }()
	if cause := context.Cause(ctx); cause != nil {
		return report.Outcome{Err: cause}
	}
	lock, err := r.dir.LockWait(ctx, r.job.Name, r.now(), lockWait)
	if err != nil {
		return report.Outcome{Err: err}
	}
	defer func() { o.Err = errors.Join(o.Err, lock.Unlock()) }()
	started := r.now()
	o = r.planAndApply(ctx)
	if err := r.dir.Append(r.job.Name, newRecord(r.job, o, started, r.now())); err != nil {
		o.Err = errors.Join(o.Err, err)
	}
	return o
}

// planAndApply goes through the phases of a run: plan, upload, prove, prune, prove
// again. What ends one of them early keeps the later ones from starting.
func (r *jobRun) planAndApply(ctx context.Context) (o report.Outcome) {
	last, err := r.dir.LastProof(r.job.Name, r.job.Target)
	if err != nil {
		return report.Outcome{Err: err}
	}
	if o.Plan, o.Err = r.build(ctx, r.job, last); o.Err != nil {
		return o
	}
	r.narrow(&o)
	r.showPlan(o.Plan)
	if o.Plan.Check() != nil || !o.Plan.Pending() {
		return o
	}
	o.Summary, o.Err = executor.Run(ctx, o.Plan, r.cloud, r.options(report.Run(r.err, o.Plan, r.verbose)))
	if o.Err != nil {
		return o
	}
	var pruning *planner.Plan
	if pruning, o.Err = r.prove(ctx, &o); o.Err != nil || o.Summary.Unprotected() > 0 || pruning.Counts.Pruned == 0 {
		return o
	}
	o.Pruning, o.Err = executor.Prune(ctx, pruning, r.cloud, r.options(report.Prune(r.err, pruning, r.verbose)))
	if o.Err == nil {
		_, o.Err = r.prove(ctx, &o)
	}
	return o
}

// narrow leaves of the plan what may be done, and names what does not hold.
func (r *jobRun) narrow(o *report.Outcome) {
	if r.only == nil || o.Plan.Check() != nil {
		return
	}
	whole := o.Plan
	o.Plan, o.Stale = r.only(r.job, whole)
	o.Partial = o.Plan.Counts.Uploads() < whole.Counts.Uploads()
	r.output.Lock()
	defer r.output.Unlock()
	report.Stale(r.err, o.Plan.Job, o.Stale)
}

// prove lists what a run has left in the cloud, and names what is not as it should
// be. It returns what may be pruned.
func (r *jobRun) prove(ctx context.Context, o *report.Outcome) (*planner.Plan, error) {
	proof, pruning, err := planner.Prove(ctx, o.Plan, o.Summary.Stored, r.cloud)
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	r.output.Lock()
	defer r.output.Unlock()
	report.Unproved(r.err, o.Plan.Job, proof)
	o.Proof = proof
	return pruning, nil
}

// options are the executor's, with an observer that never speaks in the middle of
// another job's words.
func (r *jobRun) options(observe func(executor.Event)) executor.Options {
	return executor.Options{
		Slots: r.slots, Hasher: r.hasher, Grace: grace,
		Observe: func(e executor.Event) {
			r.output.Lock()
			defer r.output.Unlock()
			observe(e)
		},
	}
}

// showPlan prints a plan and names its problems.
func (w *workplace) showPlan(plan *planner.Plan) {
	w.output.Lock()
	defer w.output.Unlock()
	if !w.quiet {
		if err := report.Plan(w.out, plan, w.style()); err != nil {
			w.logger().Debug("print plan", "cause", err)
		}
	}
	report.Problems(w.err, plan)
}

// tell prints what ended a job.
func (w *workplace) tell(job *config.Job, err error) {
	if err == nil {
		return
	}
	w.output.Lock()
	defer w.output.Unlock()
	if _, locked := errors.AsType[*state.LockedError](err); locked {
		w.explain(err)
		return
	}
	w.explain(fmt.Errorf("job %q: %w", job.Name, err))
}
