package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

type restoreOptions struct {
	job       string
	patterns  []string
	to        string
	inPlace   bool
	overwrite string
	dryRun    bool
	json      bool
	transfers int
	lockWait  time.Duration
	metadata  metadataFlags
	bwlimit   rateFlag
	past      pastOptions
}

// What --overwrite does with files here that have other content than in the cloud.
const (
	overwriteNever   = "never"
	overwriteChanged = "changed"
)

func newRestoreCommand(a *app) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore JOB [PATTERN...]",
		Short: "Bring files back from the cloud",
		Long: `Brings back what the cloud has of a job, or what the patterns select of it: what is
missing in the folder, by size and MD5, is downloaded. Files here that have other
content are left, and named, unless --overwrite says otherwise.`,
		Example: "  jottarun restore pictures --to /tmp/pictures\n  jottarun restore etc 'ssh/*' --to /tmp/etc --dry-run\n  jottarun restore pictures --in-place",
		Args: func(cmd *cobra.Command, args []string) error {
			return asUsage(cmd, cobra.MinimumNArgs(1)(cmd, args))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.job, o.patterns = args[0], args[1:]
			return a.restore(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.to, "to", "", "the folder to restore to; it is made where it is not there")
	flags.BoolVar(&o.inPlace, "in-place", false, "restore into the job's own roots")
	flags.StringVar(&o.overwrite, "overwrite", overwriteNever, "files here with other content: never, or changed to replace them")
	flags.BoolVarP(&o.dryRun, "dry-run", "n", false, "only show what would be brought back")
	flags.BoolVar(&o.json, "json", false, "print one JSON document")
	flags.IntVar(&o.transfers, "transfers", 0, "files in flight (default: settings.uploads)")
	flags.Var(&o.bwlimit, "bwlimit", "bytes a second, like 2MiB; or off (default: settings.bandwidth)")
	o.metadata.add(flags)
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "with --in-place: wait so long for a run of the job to end")
	o.past.addFlags(cmd)
	return cmd
}

func (o *restoreOptions) check() error {
	switch {
	case o.to == "" && !o.inPlace:
		return errors.New("say where to: --to DIR, or --in-place for the job's own roots")
	case o.overwrite != overwriteNever && o.overwrite != overwriteChanged:
		return fmt.Errorf("--overwrite %q: want %s or %s", o.overwrite, overwriteNever, overwriteChanged)
	case o.transfers < 0 || o.transfers > maxTransfers:
		return fmt.Errorf("--transfers %d: want a number from 1 to %d", o.transfers, maxTransfers)
	}
	return o.past.read(o)
}

func (a *app) restore(ctx context.Context, o restoreOptions) (err error) {
	if err := o.check(); err != nil {
		return exit.Usage(err)
	}
	w, err := a.openWorkplace(workOptions{names: []string{o.job}, bwlimit: o.bwlimit})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	spec, err := w.restoreSpec(w.jobs[0], o)
	if err != nil {
		return err
	}
	lost := new(report.Lost)
	stop := w.watch(ctx, &speaker{app: a, plans: !o.json}, lost)
	outcome := w.restoreJob(ctx, spec, o)
	stop()
	return w.concludeRestore(outcome, lost, o)
}

// restoreJob brings a job back, or only plans that.
func (w *workplace) restoreJob(ctx context.Context, spec planner.RestoreSpec, o restoreOptions) (outcome backup.Restored) {
	cloud, sweep := w.openPast(spec, o.past)
	restorer := &backup.Restorer{
		Cloud: cloud, Sweep: sweep, Hasher: w.hasher, Slots: executor.NewSlots(cmp.Or(o.transfers, w.cfg.Settings.Uploads)),
		Grace: grace, LockWait: o.lockWait, Reporter: w.observer, Now: w.now,
		OpenState: func() (*state.Dir, error) { return state.Open(w.state) },
	}
	if o.past.isSet() { // the manifest is of the present
		restorer.Private = w.jobs[0].Metadata && !o.metadata.none
	} else {
		restorer.Metadata = o.metadata.options()
	}
	spec.Progress = new(planner.Progress)
	w.observer.Begun(report.Start{Job: spec.Job, Target: string(spec.Target), Counts: spec.Progress})
	defer func() {
		w.observer.Ended(spec.Job, backup.Outcome{Plan: outcome.Plan, Summary: outcome.Summary, Err: outcome.Err})
	}()
	if o.dryRun {
		return restorer.Plan(ctx, spec)
	}
	return restorer.Run(ctx, spec)
}

// restoreSpec is what is to be brought back of a job, and to where.
func (w *workplace) restoreSpec(job *config.Job, o restoreOptions) (planner.RestoreSpec, error) {
	whole, err := newSpec(job, nil)
	if err != nil {
		return planner.RestoreSpec{}, err
	}
	spec := planner.RestoreSpec{
		Job: whole.Job, Target: whole.Target, Patterns: o.patterns, Unmatched: o.past.unmatched(), InPlace: o.inPlace,
		Overwrite: o.overwrite == overwriteChanged, RenamedTwins: whole.RenameTwins, Own: ownFolders(w.cfg, w.state),
	}
	for _, root := range whole.Roots {
		spec.Sources = append(spec.Sources, root.Root)
	}
	spec.Roots, spec.Mounted = spec.Sources, whole.Require.Mounted
	if o.to != "" {
		to, err := filepath.Abs(o.to)
		if err != nil {
			return planner.RestoreSpec{}, exit.Usage(fmt.Errorf("--to %q: %w", o.to, err))
		}
		spec.Roots, spec.Mounted = []planner.Root{{Path: to}}, false
	}
	return spec, nil
}

// concludeRestore prints what comes last and chooses the exit code.
func (w *workplace) concludeRestore(outcome backup.Restored, lost *report.Lost, o restoreOptions) (err error) {
	report.RestoredMetadata(w.err, o.job, outcome.Metadata)
	if o.json {
		err = report.RestoreJSON(w.out, outcome, lost, !o.dryRun)
	} else {
		_, err = fmt.Fprintln(w.out, report.RestoreVerdict(outcome, !o.dryRun))
	}
	errs := restoreErrors(outcome)
	if err != nil {
		err = fmt.Errorf("print the verdict: %w", err)
		w.explain(err)
		errs = append(errs, err)
	}
	return exit.Told(errs...)
}

func restoreErrors(o backup.Restored) []error {
	var errs []error
	if o.Err != nil {
		errs = append(errs, o.Err)
	}
	if o.Plan != nil && o.Plan.Check() != nil {
		errs = append(errs, o.Plan.Check())
	}
	if o.Missing() > 0 || o.Metadata.Failed > 0 || o.Metadata.Err != nil {
		errs = append(errs, exit.ErrNotRestored)
	}
	return errs
}
