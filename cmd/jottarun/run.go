package main

import (
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

func newRunCommand(a *app) *cobra.Command {
	var dryRun bool
	var transfers int
	var exclude []string
	cmd := &cobra.Command{
		Use:     "run [job...]",
		Short:   "Plan and apply all jobs, or the named ones",
		Example: "  jottarun run\n  jottarun run pictures etc",
		RunE: func(cmd *cobra.Command, names []string) error {
			if dryRun {
				return a.plan(cmd.Context(), planOptions{names: names, exclude: exclude})
			}
			return a.run(cmd.Context(), names, exclude, transfers)
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would change; the same as the plan command")
	cmd.Flags().IntVar(&transfers, "transfers", 0, "files in flight (default: settings.uploads)")
	cmd.Flags().StringArrayVar(&exclude, "exclude", nil, "leave out what matches this pattern, too")
	return cmd
}

func (a *app) run(ctx context.Context, names, exclude []string, transfers int) (err error) {
	if transfers < 0 {
		return usageError{fmt.Errorf("--transfers %d: want a number above 0", transfers)}
	}
	w, err := a.openWorkplace(names, exclude)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	dir, err := state.Open(w.state)
	if err != nil {
		return err
	}
	defer dir.Close()
	if transfers == 0 {
		transfers = w.cfg.Settings.Uploads
	}
	slots := executor.NewSlots(transfers)
	outcomes := w.each(func(job *config.Job) report.Outcome { return w.runJob(ctx, dir, slots, job) })

	var totals report.Totals
	for _, o := range outcomes {
		totals.Add(o)
	}
	fmt.Fprintln(a.out, report.RunVerdict(totals))
	return told(outcomeErrors(outcomes, totals))
}

// runJob locks, plans and applies one job.
func (w *workplace) runJob(ctx context.Context, dir *state.Dir, slots executor.Slots, job *config.Job) report.Outcome {
	outcome := w.tryJob(ctx, dir, slots, job)
	w.tell(job, outcome.Err)
	return outcome
}

func (w *workplace) tryJob(ctx context.Context, dir *state.Dir, slots executor.Slots, job *config.Job) (o report.Outcome) {
	if cause := context.Cause(ctx); cause != nil {
		return report.Outcome{Err: cause}
	}
	lock, err := dir.Lock(job.Name, w.now())
	if err != nil {
		return report.Outcome{Err: err}
	}
	defer func() { o.Err = errors.Join(o.Err, lock.Unlock()) }()
	o.Plan, o.Err = w.build(ctx, job)
	if o.Err != nil {
		return o
	}
	w.showPlan(o.Plan)
	if o.Plan.Check() != nil || !o.Plan.Pending() {
		return o
	}
	o.Summary, o.Err = executor.Run(ctx, o.Plan, w.cloud, executor.Options{
		Slots: slots, Hasher: w.hasher, Grace: grace, Observe: w.observer(o.Plan),
	})
	if o.Err == nil {
		o.Proof, o.Err = w.prove(ctx, o.Plan, o.Summary)
	}
	return o
}

// prove lists what a run has left in the cloud, and names what is not as it should
// be.
func (w *workplace) prove(ctx context.Context, plan *planner.Plan, summary *executor.Summary) (*planner.Proof, error) {
	proof, err := planner.Prove(ctx, plan, summary.Stored, w.cloud)
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	w.output.Lock()
	defer w.output.Unlock()
	report.Unproved(w.err, plan.Job, proof)
	return proof, nil
}

// observer reports a run's events, never in the middle of another job's words.
func (w *workplace) observer(plan *planner.Plan) func(executor.Event) {
	observe := report.Run(w.err, plan, w.verbose)
	return func(e executor.Event) {
		w.output.Lock()
		defer w.output.Unlock()
		observe(e)
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
