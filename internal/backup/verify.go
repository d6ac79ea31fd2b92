package backup

import (
	"context"
	"errors"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Verifier compares jobs with the cloud by every byte, and changes nothing there.
type Verifier struct {
	Cloud    RestoreCloud
	State    *state.Dir
	Hasher   *checksum.Hasher
	Slots    *executor.Slots
	Grace    time.Duration // how long what is in flight may go on once the context ends
	Reporter Reporter
	Now      func() time.Time
	Program  string // the version, to be remembered
}

// Scrutiny is how much a verify looks at.
type Scrutiny struct {
	Download bool    // the bytes of the cloud, too
	Sampled  bool    // only a random part: Files of them or, if that is 0, the Share
	Share    float64 // 0 to 1
	Files    int
	Seed     uint64 // of the random part
}

// Verified is what came of a verify.
type Verified struct {
	Plan        *planner.Plan     // what a run would do that knows no checksums; nil where none could be made
	Differences []Difference      // files that are not in the cloud as here, or not there as listed
	Downloads   *executor.Summary // nil where nothing was downloaded
	Err         error             // why it broke off
}

// Difference is a file that is not what it should be.
type Difference struct {
	Path    planner.RelPath
	Reason  string
	Damaged bool // the cloud gives other bytes than it lists
}

// Run verifies a job and remembers what came of it. It takes the job's lock only for the
// latter, so that no run has to wait.
func (v *Verifier) Run(ctx context.Context, spec planner.Spec, s Scrutiny) Verified {
	started := v.Now()
	o := v.verify(ctx, spec, s)
	if cause := context.Cause(ctx); cause != nil {
		o.Err = cause
	}
	if err := v.remember(ctx, spec, s, o, started); err != nil {
		o.Err = errors.Join(o.Err, err)
	}
	return o
}

func (v *Verifier) verify(ctx context.Context, spec planner.Spec, s Scrutiny) (o Verified) {
	listing, err := v.Cloud.List(ctx, spec.Target)
	if err != nil {
		return Verified{Err: err}
	}
	last, err := v.State.LastProof(spec.Job, string(spec.Target))
	if err != nil {
		return Verified{Err: err}
	}
	if s.Sampled {
		spec.Sample = planner.NewSample(listing, s.Seed, s.Share, s.Files)
	}
	spec.Known, spec.Checksums, spec.Prune, spec.UpdateTimes = known(last), nil, planner.Prune{}, false
	if o.Plan, o.Err = planner.Build(ctx, spec, planner.Listed{Listing: listing}, v.Hasher); o.Err != nil {
		return o
	}
	o.Differences = differences(o.Plan)
	v.Reporter.Planned(o.Plan)
	if !s.Download || o.Plan.Check() != nil {
		return o
	}
	back := planner.ReadBack(spec.Job, spec.Target, listing, spec.Sample)
	o.Downloads, o.Err = executor.ReadBack(ctx, back, v.Cloud, executor.Options{
		Slots: v.Slots, Grace: v.Grace, Observe: o.watchDownloads(v.Reporter.Uploading(back)),
	})
	return o
}

// differences names what a run would have to do, or could not.
func differences(plan *planner.Plan) []Difference {
	var all []Difference
	for _, p := range plan.Problems {
		all = append(all, Difference{Path: p.Path, Reason: p.Reason})
	}
	for _, a := range plan.Actions {
		switch {
		case a.Kind == planner.Changed && a.Local.Modified.After(a.Remote.Modified.Add(time.Second)):
			all = append(all, Difference{Path: a.Path, Reason: a.Reason + "; changed here since it was backed up"})
		case a.Kind == planner.Changed:
			all = append(all, Difference{Path: a.Path, Reason: a.Reason})
		case a.Kind.Uploads():
			all = append(all, Difference{Path: a.Path, Reason: "not in the cloud"})
		}
	}
	return all
}

// watchDownloads notes which files did not come as they are listed.
func (o *Verified) watchDownloads(observe func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		switch {
		case e.Type != executor.Failed:
		case errors.Is(e.Err, executor.ErrDamaged):
			o.Differences = append(o.Differences, Difference{Path: e.Action.Path, Reason: e.Err.Error(), Damaged: true})
		default:
			o.Differences = append(o.Differences, Difference{Path: e.Action.Path, Reason: "cannot be read back: " + e.Err.Error()})
		}
		tell(observe, e)
	}
}

// Damaged counts the files of which the cloud gives other bytes than it lists.
func (o Verified) Damaged() (n int) {
	for _, d := range o.Differences {
		if d.Damaged {
			n++
		}
	}
	return n
}

// Whole reports whether all that was looked at is as it should be.
func (o Verified) Whole() bool {
	return o.Err == nil && o.Plan != nil && o.Plan.Check() == nil && len(o.Differences) == 0
}

// verifyWait is how long a verify waits for a run of the job, to write into its history.
const verifyWait = 10 * time.Minute

func (v *Verifier) remember(ctx context.Context, spec planner.Spec, s Scrutiny, o Verified, started time.Time) error {
	lock, err := v.State.LockWait(context.WithoutCancel(ctx), spec.Job, v.Now(), state.Patience{Wait: verifyWait})
	if err != nil {
		return err
	}
	return errors.Join(v.State.Append(spec.Job, v.newRecord(spec, s, o, started)), lock.Unlock())
}

func (v *Verifier) newRecord(spec planner.Spec, s Scrutiny, o Verified, started time.Time) state.Record {
	record := state.Record{
		Kind: state.KindVerify, Job: spec.Job, Target: string(spec.Target), Started: started, Ended: v.Now(), Program: v.Program,
		Verify: &state.Verify{Sampled: s.Sampled, Seed: s.Seed, Downloaded: s.Download, Damaged: o.Damaged()},
	}
	switch {
	case o.Plan != nil && o.Plan.Check() != nil:
		record.Verdict = state.VerdictRefused
	case o.Err != nil:
		record.Verdict, record.Cause = state.VerdictBrokenOff, o.Err.Error()
	case len(o.Differences) > 0:
		record.Verdict = state.VerdictDifferent
	default:
		record.Verdict = state.VerdictVerified
	}
	if o.Plan != nil {
		record.Seen, record.Unchanged, record.Verify.Bytes = o.Plan.Counts.Seen, o.Plan.Counts.Unchanged, o.Plan.Counts.ReadBytes
		for _, r := range o.Plan.Refusals {
			record.Problems = append(record.Problems, state.ProblemRecord{Path: r.Root, Reason: r.Reason})
		}
	}
	if o.Downloads != nil {
		record.Verify.DownloadedFiles, record.Verify.DownloadedBytes = o.Downloads.Fetched, o.Downloads.Bytes
	}
	for _, d := range o.Differences {
		record.Problems = append(record.Problems, state.ProblemRecord{Path: string(d.Path), Reason: d.Reason})
	}
	return record
}
