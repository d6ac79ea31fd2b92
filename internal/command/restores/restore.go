// Package restores holds the commands that read what the cloud keeps of a job: restore
// brings it back, verify compares it, byte by byte, with what is here.
package restores

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
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/internal/workplace"
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
	bwlimit   workplace.RateFlag
	past      pastOptions
}

// What --overwrite does with files here that have other content than in the cloud.
const (
	overwriteNever   = "never"
	overwriteChanged = "changed"
)

// NewRestoreCommand returns the command that brings files of a job back, and replaces no file
// unasked.
func NewRestoreCommand(a *app.App) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore JOB [PATTERN...]",
		Short: "Bring files back from the cloud",
		Long: `Brings back what the cloud has of a job, or what the patterns select of it: what is
missing in the folder, by size and MD5, is downloaded. Files here that have other
content are left, and named, unless --overwrite says otherwise.`,
		Example: "  jottarun restore pictures --to /tmp/pictures\n  jottarun restore etc 'ssh/*' --to /tmp/etc --dry-run\n  jottarun restore pictures --in-place",
		Args:    app.Args(cobra.MinimumNArgs(1)),

		ValidArgsFunction: a.CompleteFirstJob,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.job, o.patterns = args[0], args[1:]
			return restore(cmd.Context(), a, o)
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
	}
	if err := workplace.CheckTransfers(o.transfers); err != nil {
		return err
	}
	return o.past.read(o)
}

func restore(ctx context.Context, a *app.App, o restoreOptions) (err error) {
	if err := o.check(); err != nil {
		return exit.Usage(err)
	}
	w, err := workplace.Open(a, workplace.Options{Names: []string{o.job}, Bwlimit: o.bwlimit})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := o.past.locate(ctx, w, &o); err != nil {
		return exit.Usage(err)
	}
	spec, err := restoreSpec(w, w.Jobs[0], o)
	if err != nil {
		return err
	}
	lost := new(report.Lost)
	stop := w.Watch(ctx, &workplace.Speaker{App: a, Plans: !o.json}, lost)
	outcome := restoreJob(ctx, w, spec, o)
	stop()
	return concludeRestore(w, outcome, lost, o)
}

// restoreJob brings a job back, or only plans that.
func restoreJob(ctx context.Context, w *workplace.Workplace, spec planner.RestoreSpec, o restoreOptions) (outcome backup.Restored) {
	cloud, sweep := openPast(w, spec, o.past)
	restorer := &backup.Restorer{
		Cloud: cloud, Sweep: sweep, Hasher: w.Hasher, Slots: executor.NewSlots(cmp.Or(o.transfers, w.Config.Settings.Uploads)),
		Grace: workplace.Grace, LockWait: o.lockWait, Reporter: w.Observer, Now: w.Now,
		OpenState: w.OpenState,
	}
	restorer.Metadata, restorer.Private = o.past.metadata(w.Jobs[0], o.metadata)
	spec.Progress = new(planner.Progress)
	w.Observer.Begun(report.Start{Job: spec.Job, Target: string(spec.Target), Counts: spec.Progress})
	defer func() {
		w.Observer.Ended(spec.Job, backup.Outcome{Plan: outcome.Plan, Summary: outcome.Summary, Err: outcome.Err})
	}()
	if o.dryRun {
		return restorer.Plan(ctx, spec)
	}
	return restorer.Run(ctx, spec)
}

// restoreSpec is what is to be brought back of a job, and to where.
func restoreSpec(w *workplace.Workplace, job *config.Job, o restoreOptions) (planner.RestoreSpec, error) {
	whole, err := selection.Spec(job, nil)
	if err != nil {
		return planner.RestoreSpec{}, err
	}
	spec := planner.RestoreSpec{
		Job: whole.Job, Target: whole.Target, Patterns: o.patterns, Unmatched: o.past.unmatched(), InPlace: o.inPlace,
		Overwrite: o.overwrite == overwriteChanged, RenamedTwins: whole.RenameTwins, Own: selection.OwnFolders(w.Config, w.State),
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
func concludeRestore(w *workplace.Workplace, outcome backup.Restored, lost *report.Lost, o restoreOptions) (err error) {
	report.RestoredMetadata(w.Err, o.job, outcome.Metadata)
	if o.json {
		err = report.RestoreJSON(w.Out, outcome, lost, !o.dryRun)
	} else {
		_, err = fmt.Fprintln(w.Out, report.RestoreVerdict(outcome, !o.dryRun))
	}
	errs := restoreErrors(outcome)
	if err != nil {
		err = fmt.Errorf("print the verdict: %w", err)
		w.Explain(err)
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
