// Package runs holds the commands that plan jobs and apply the plans: run, plan, apply and
// show.
package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/planner"
)

type runOptions struct {
	workplace.Options
	allowanceOptions
	dryRun   bool
	json     bool
	stream   *report.Stream // of JSON lines; nil where the run speaks to people
	lockWait time.Duration
	page     pageFile
}

// NewRunCommand returns the command that plans jobs and applies the plans.
func NewRunCommand(a *app.App) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:     "run [job...]",
		Short:   "Plan and apply all jobs, or the named ones",
		Example: "  jottarun run\n  jottarun run pictures etc",

		Annotations:       map[string]string{inLines: "true"},
		ValidArgsFunction: a.CompleteJobs,
		RunE: func(cmd *cobra.Command, names []string) error {
			o.Names = names
			if o.dryRun {
				return planAll(cmd.Context(), a, planOptions{Options: o.Options, json: o.json, page: o.page})
			}
			return run(cmd.Context(), a, o)
		},
	}
	o.AddPlanFlags(cmd.Flags())
	o.addRunFlags(cmd)
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would change; the same as the plan command")
	return cmd
}

func (o *runOptions) addRunFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON lines")
	o.page.addFlag(cmd)
	cmd.Flags().IntVar(&o.Transfers, "transfers", 0, "files in flight (default: settings.uploads)")
	cmd.Flags().Var(&o.Bwlimit, "bwlimit", "bytes a second, like 2MiB, in each direction; or off (default: settings.bandwidth)")
	o.allowanceOptions.addFlags(cmd.Flags())
	cmd.Flags().DurationVar(&o.lockWait, "lock-wait", 0, "wait so long for another run of a job to end")
}

func run(ctx context.Context, a *app.App, o runOptions) error {
	return inJSON(a, &o, func() error { return runWith(ctx, a, o, nil) })
}

// observers are whom the run is told to.
func (o *runOptions) observers(a *app.App) []report.Observer {
	all := []report.Observer{&workplace.Speaker{App: a, Plans: o.stream == nil}}
	if o.stream != nil {
		all = append(all, o.stream)
	}
	return all
}

// runWith runs the jobs, doing of each only what the narrowing leaves.
func runWith(ctx context.Context, a *app.App, o runOptions, narrow narrowing) (err error) {
	if err := workplace.CheckTransfers(o.Transfers); err != nil {
		return exit.Usage(err)
	}
	if err := o.page.mayReplace(); err != nil { // that it cannot be written is no reason to make no backup
		return err
	}
	allowance, err := o.allowance(a.Now)
	if err != nil {
		return err
	}
	w, err := workplace.Open(a, o.Options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	dir, err := w.OpenState()
	if err != nil {
		return err
	}
	defer dir.Close()
	stop := w.Watch(ctx, o.observers(a)...)
	defer stop()
	runner := &backup.Runner{
		Cloud: w.Cloud, State: dir, Hasher: w.Hasher, Slots: executor.NewSlots(w.Config.Settings.Uploads),
		Allowance: allowance, Grace: workplace.Grace, LockWait: o.lockWait,
		Reporter: w.Observer, Now: w.Now, Log: w.Logger(), Program: app.Version(),
		Narrow: narrow, AdHoc: len(o.Exclude) > 0,
		Selection: func(name string) string { return digest(w.Config, name) },
		Sweep:     func(ctx context.Context, plan *planner.Plan) error { return w.Cloud.SweepScratch(ctx, plan.Target) },
	}
	outcomes := eachInTurn(w, func(job *config.Job, turn *backup.Turn) backup.Outcome {
		return runJob(ctx, w, runner, job, turn)
	})
	stop()
	return concludeRun(w, o, outcomes)
}

// digest tells what a job holds from what it is to hold another time.
func digest(cfg *config.Config, name string) string {
	job, found := cfg.Job(name)
	if !found {
		return ""
	}
	return selection.Digest(job)
}

func runJob(ctx context.Context, w *workplace.Workplace, runner *backup.Runner, job *config.Job, turn *backup.Turn) (outcome backup.Outcome) {
	defer func() { w.Observer.Ended(job.Name, outcome) }()
	spec, err := w.Spec(job)
	if err != nil {
		return backup.Outcome{Err: err}
	}
	proof, err := runner.State.LastProof(job.Name, job.Target)
	if err != nil {
		return backup.Outcome{Err: err}
	}
	spec.Progress = new(planner.Progress)
	w.Observer.Begun(report.Start{Job: job.Name, Target: job.Target, Counts: spec.Progress, Run: true, Proof: proof})
	return runner.RunInTurn(ctx, spec, turn)
}

// concludeRun prints what comes after all jobs, and chooses the exit code.
func concludeRun(w *workplace.Workplace, o runOptions, outcomes []backup.Outcome) error {
	totals := sumOf(outcomes)
	errs := outcomeErrors(outcomes, totals)
	page := html.Report{Run: true, Verdict: report.RunVerdict(totals), Good: totals.Good()}
	if err := writePage(w, o.page, page, outcomes); err != nil {
		w.Explain(err)
		errs = append(errs, err)
	}
	if o.stream != nil {
		o.stream.Conclude(totals)
	} else if _, err := fmt.Fprintln(w.Out, report.RunVerdict(totals)); err != nil {
		w.Explain(fmt.Errorf("print the verdict: %w", err))
		errs = append(errs, err)
	}
	return exit.Told(errs...)
}
