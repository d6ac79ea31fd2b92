package restores

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/planner"
)

type verifyOptions struct {
	names     []string
	bwlimit   workplace.RateFlag
	scrutiny  backup.Scrutiny
	sample    string
	seed      uint32
	seeded    bool
	counted   bool
	transfers int
	json      bool
}

// NewVerifyCommand returns the command that reads every byte again, trusting no memory, and
// changes nothing.
func NewVerifyCommand(a *app.App) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [job...]",
		Short: "Read every byte again and compare it with the cloud",
		Long: `Reads every selected file here again, whatever is remembered of it, and compares it
with the cloud's listing. With --download it reads every file in the cloud, too. It changes
nothing; what differs is named, and the exit code is 3.`,
		Example: "  jottarun verify\n  jottarun verify pictures --download --sample 2%",

		ValidArgsFunction: a.CompleteJobs,
		RunE: func(cmd *cobra.Command, names []string) error {
			o.names, o.seeded, o.counted = names, cmd.Flags().Changed("seed"), cmd.Flags().Changed("files")
			return verify(cmd.Context(), a, o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.scrutiny.Download, "download", false, "read every byte in the cloud, too, and keep none")
	flags.StringVar(&o.sample, "sample", "", "read a random part only, like 2%")
	flags.IntVar(&o.scrutiny.Files, "files", 0, "read so many files only, chosen at random")
	flags.Uint32Var(&o.seed, "seed", 0, "choose those that another verify with this seed has chosen")
	flags.IntVar(&o.transfers, "transfers", 0, "downloads in flight (default: settings.uploads)")
	flags.Var(&o.bwlimit, "bwlimit", "bytes a second, like 2MiB; or off (default: settings.bandwidth)")
	app.AddJSONFlag(cmd, &o.json)
	return cmd
}

// choose reads how much is to be looked at.
func (o *verifyOptions) choose() error {
	if err := workplace.CheckTransfers(o.transfers); err != nil {
		return err
	}
	if o.counted && o.scrutiny.Files < 1 {
		return fmt.Errorf("--files %d: want a number of files, at least 1", o.scrutiny.Files)
	}
	if o.sample != "" && o.scrutiny.Files > 0 {
		return errors.New("--sample and --files: one of them is enough")
	}
	if o.sample != "" {
		limit, err := config.ParseLimit(o.sample)
		if err != nil || limit.Files >= 0 || limit.Share == 0 {
			return fmt.Errorf("--sample %q: want a share like 2%%; a number of files is --files", o.sample)
		}
		o.scrutiny.Share = limit.Share
	}
	o.scrutiny.Sampled = o.sample != "" || o.scrutiny.Files > 0
	if !o.scrutiny.Sampled {
		if o.seeded {
			return errors.New("--seed is for --sample or --files")
		}
		return nil
	}
	if o.scrutiny.Seed = uint64(o.seed); !o.seeded {
		o.scrutiny.Seed = uint64(rand.Uint32())
	}
	return nil
}

func verify(ctx context.Context, a *app.App, o verifyOptions) (err error) {
	if err := o.choose(); err != nil {
		return exit.Usage(err)
	}
	w, err := workplace.Open(a, workplace.Options{Names: o.names, Bwlimit: o.bwlimit})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	dir, err := w.OpenState()
	if err != nil {
		return err
	}
	defer dir.Close()
	stop := w.Watch(ctx)
	defer stop()
	verifier := &backup.Verifier{
		Cloud: w.Cloud, State: dir, Hasher: w.Hasher, Slots: executor.NewSlots(cmp.Or(o.transfers, w.Config.Settings.Uploads)),
		Grace: workplace.Grace, Reporter: w.Observer, Now: w.Now, Program: app.Version(),
	}
	var jobs []report.VerifiedJob
	for _, job := range w.Jobs {
		verified := report.VerifiedJob{Job: job.Name, Scrutiny: o.scrutiny, Verified: verifyJob(ctx, w, verifier, job, o.scrutiny)}
		jobs = append(jobs, verified)
		tellVerified(w, verified, o.json)
	}
	stop()
	return concludeVerify(w, jobs, o.json)
}

func verifyJob(ctx context.Context, w *workplace.Workplace, verifier *backup.Verifier, job *config.Job, s backup.Scrutiny) (v backup.Verified) {
	if cause := context.Cause(ctx); cause != nil {
		return backup.Verified{Err: cause}
	}
	spec, err := w.Spec(job)
	if err != nil {
		return backup.Verified{Err: err}
	}
	spec.Progress = new(planner.Progress)
	w.Observer.Begun(report.Start{Job: job.Name, Target: job.Target, Counts: spec.Progress})
	defer func() { w.Observer.Ended(job.Name, backup.Outcome{Plan: v.Plan, Err: v.Err}) }()
	return verifier.Run(ctx, spec, s)
}

// tellVerified prints what differs, and names it on standard error where that is not
// what is asked for.
func tellVerified(w *workplace.Workplace, v report.VerifiedJob, asJSON bool) {
	if v.Err != nil {
		w.Explain(fmt.Errorf("job %q: %w", v.Job, v.Err))
	}
	if asJSON || w.Quiet {
		for _, d := range v.Differences {
			fmt.Fprintf(w.Err, "different in job %q: %s: %s\n", v.Job, report.Quote(string(d.Path)), d.Reason)
		}
		return
	}
	if err := report.Verify(w.Out, v, w.Style()); err != nil {
		w.Logger().Debug("print verify", "cause", err)
	}
}

// concludeVerify prints what comes last and chooses the exit code.
func concludeVerify(w *workplace.Workplace, jobs []report.VerifiedJob, asJSON bool) (err error) {
	if asJSON {
		err = report.VerifyJSON(w.Out, jobs)
	} else {
		_, err = fmt.Fprintln(w.Out, report.VerifyVerdict(jobs))
	}
	var errs []error
	if err != nil {
		err = fmt.Errorf("print the verdict: %w", err)
		w.Explain(err)
		errs = append(errs, err)
	}
	for _, v := range jobs {
		switch {
		case v.Err != nil:
			errs = append(errs, v.Err)
		case v.Plan.Check() != nil:
			errs = append(errs, v.Plan.Check())
		case len(v.Differences) > 0:
			errs = append(errs, exit.ErrDifferent)
		}
	}
	return exit.Told(errs...)
}
