package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// maxTransfers is the most that settings.uploads may be, too.
const maxTransfers = 64

// grace is how long what is in flight may go on after the first signal.
const grace = 4 * time.Second

type runOptions struct {
	workOptions
	allowanceOptions
	dryRun   bool
	json     bool
	stream   *report.Stream // of JSON lines; nil where the run speaks to people
	lockWait time.Duration
	page     pageFile
}

func newRunCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run [job...]",
		Short:   "Plan and apply all jobs, or the named ones",
		Example: "  jottarun run\n  jottarun run pictures etc",

		Annotations: map[string]string{inLines: "true"},
		RunE: func(cmd *cobra.Command, names []string) error {
			o.names = names
			if o.dryRun {
				return a.planAll(cmd.Context(), planOptions{workOptions: o.workOptions, json: o.json, page: o.page})
			}
			return a.run(cmd.Context(), o)
		},
	}
	o.workOptions.addFlags(cmd)
	o.addRunFlags(cmd)
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would change; the same as the plan command")
	return cmd
}

func (o *runOptions) addRunFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON lines")
	o.page.addFlag(cmd)
	cmd.Flags().IntVar(&o.transfers, "transfers", 0, "files in flight (default: settings.uploads)")
	cmd.Flags().Var(&o.bwlimit, "bwlimit", "bytes a second, like 2MiB, in each direction; or off (default: settings.bandwidth)")
	o.allowanceOptions.addFlags(cmd.Flags())
	cmd.Flags().DurationVar(&o.lockWait, "lock-wait", 0, "wait so long for another run of a job to end")
}

func (a *app) run(ctx context.Context, o runOptions) error {
	return a.inJSON(&o, func() error {
		return a.runWith(ctx, o, func(*workplace) (narrowing, error) { return nil, nil })
	})
}

// inJSON has the run write JSON lines, if that is asked for. Whatever comes of it, the
// last of them has its exit code.
func (a *app) inJSON(o *runOptions, run func() error) error {
	if !o.json {
		return run()
	}
	o.stream = report.NewStream(a.out, version(), a.now)
	err := run()
	if printErr := o.stream.End(exit.Code(err), err); printErr != nil {
		return errors.Join(err, fmt.Errorf("print the verdict: %w", printErr))
	}
	return err
}

// inLines marks the commands whose --json means JSON lines.
const inLines = "json lines"

// endUnbegun writes the JSON lines of a run that mistakes on the command line kept from
// beginning. Flags behind a wrong one were not read: the arguments tell that they are there.
func (a *app) endUnbegun(cmd *cobra.Command, args []string, cause error) error {
	asked, _ := cmd.Flags().GetBool("json")
	dry, _ := cmd.Flags().GetBool("dry-run")
	if cause == nil || a.begun || dry || cmd.Annotations[inLines] == "" || !asked && !slices.Contains(args, "--json") {
		return nil
	}
	return report.NewStream(a.out, version(), a.now).End(exit.Code(cause), cause)
}

// observers are whom the run is told to.
func (o *runOptions) observers(a *app) []report.Observer {
	all := []report.Observer{&speaker{app: a, plans: o.stream == nil}}
	if o.stream != nil {
		all = append(all, o.stream)
	}
	return all
}

// runWith runs the jobs, doing of each only what the narrowing leaves.
func (a *app) runWith(ctx context.Context, o runOptions, narrow func(*workplace) (narrowing, error)) (err error) {
	if o.transfers < 0 || o.transfers > maxTransfers {
		return exit.Usage(fmt.Errorf("--transfers %d: want a number from 1 to %d", o.transfers, maxTransfers))
	}
	if err := o.page.mayReplace(); err != nil {
		return err
	}
	allowance, err := o.allowance(a.now)
	if err != nil {
		return err
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
	stop := w.watch(ctx, o.observers(a)...)
	defer stop()
	runner := &backup.Runner{
		Cloud: w.cloud, State: dir, Hasher: w.hasher, Slots: executor.NewSlots(w.cfg.Settings.Uploads),
		Allowance: allowance, Grace: grace, LockWait: o.lockWait, Reporter: w.observer, Now: w.now, Log: w.logger(), Program: version(), Narrow: only, AdHoc: len(o.exclude) > 0, Selection: w.selection,
		Sweep: func(ctx context.Context, plan *planner.Plan) error { return w.cloud.SweepScratch(ctx, plan.Target) },
	}
	outcomes := w.eachInTurn(func(job *config.Job, turn *backup.Turn) backup.Outcome {
		return w.runJob(ctx, runner, job, turn)
	})
	stop()
	return w.concludeRun(o, outcomes)
}

// concludeRun prints what comes after all jobs, and chooses the exit code.
func (w *workplace) concludeRun(o runOptions, outcomes []backup.Outcome) error {
	totals := sumOf(outcomes)
	errs := outcomeErrors(outcomes, totals)
	page := html.Report{Run: true, Verdict: report.RunVerdict(totals), Good: totals.Good()}
	if err := w.writePage(o.page, page, outcomes); err != nil {
		w.explain(err)
		errs = append(errs, err)
	}
	if o.stream != nil {
		o.stream.Conclude(totals)
	} else if _, err := fmt.Fprintln(w.out, report.RunVerdict(totals)); err != nil {
		w.explain(fmt.Errorf("print the verdict: %w", err))
		errs = append(errs, err)
	}
	return exit.Told(errs...)
}

func (w *workplace) runJob(ctx context.Context, runner *backup.Runner, job *config.Job, turn *backup.Turn) (outcome backup.Outcome) {
	defer func() { w.observer.Ended(job.Name, outcome) }()
	spec, err := w.spec(job)
	if err != nil {
		return backup.Outcome{Err: err}
	}
	proof, err := runner.State.LastProof(job.Name, job.Target)
	if err != nil {
		return backup.Outcome{Err: err}
	}
	spec.Progress = new(planner.Progress)
	w.observer.Begun(report.Start{Job: job.Name, Target: job.Target, Counts: spec.Progress, Run: true, Proof: proof})
	return runner.RunInTurn(ctx, spec, turn)
}
