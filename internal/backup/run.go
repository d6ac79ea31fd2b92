// Package backup runs a job from its lock to its remembered proof: plan, upload,
// prove, prune, prove again.
//
// It joins the planner, which decides, the executor, which acts, and the state, which
// remembers. It reads no configuration and prints nothing.
package backup

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Cloud is all that a run needs of the cloud. *jotta.Client is one.
type Cloud interface {
	planner.Lister
	executor.Cloud
	executor.Pruner
}

// Reporter is told what happens. Its methods may be called concurrently by jobs that
// run together.
type Reporter interface {
	Waiting(job string, held *state.LockedError) // for another run of the job; of nil: no longer
	Planned(*planner.Plan)
	Stale(*planner.Plan, []planner.Stale)               // of a saved plan: what does not hold
	Uploading(*planner.Plan) func(executor.Event)       // an observer of the uploads
	Proved(*planner.Plan, *planner.Proof)               // after each listing
	Back(*planner.Plan, []planner.Stale)                // files that were to be pruned and are here again
	Pruning(pruning *planner.Plan) func(executor.Event) // an observer of the pruning
}

// Runner runs jobs. It may run several at a time, which then share the hasher and
// the slots.
type Runner struct {
	Cloud     Cloud
	State     *state.Dir
	Hasher    *checksum.Hasher
	Slots     *executor.Slots
	Allowance *executor.Allowance // nil: runs end when all is done
	Grace     time.Duration       // how long what is in flight may go on once the context ends
	LockWait  time.Duration       // how long to wait for another run of a job
	Reporter  Reporter
	Now       func() time.Time
	Log       *slog.Logger            // of use to find out why something is slow; may be nil
	Program   string                  // the version, to be remembered
	Selection func(job string) string // digests what a job is to hold, to be remembered
	AdHoc     bool                    // the jobs are not as their file has them: a run is no proof of them

	// Sweep, if set, removes from the cloud what restores of older content have left below
	// the plan's target. It is called where the listing shows such a thing.
	Sweep func(context.Context, *planner.Plan) error

	// Narrow, if set, leaves of a plan what may be done, and names what was wanted and
	// does not hold.
	Narrow func(*planner.Plan) (*planner.Plan, []planner.Stale)
}

// Outcome is what came of a job.
type Outcome struct {
	Plan    *planner.Plan     // nil where none could be made
	Summary *executor.Summary // nil where there was nothing to upload
	Proof   *planner.Proof    // nil where nothing had to change, or the run broke off
	Pruning *executor.Pruning // nil where nothing was pruned
	Stale   []planner.Stale   // of a saved plan
	Partial bool              // more is pending than was to be done
	Err     error             // why the run broke off

	Undone    []Undone          // what was planned and did not come true
	Rewritten []planner.RelPath // files whose content in the cloud was replaced

	ManifestStored bool  // a new one is in the cloud
	ManifestErr    error // why it is not, though the run went on
}

// Run locks a job, plans and applies it, and remembers what came of it.
func (r *Runner) Run(ctx context.Context, spec planner.Spec) Outcome {
	return r.RunInTurn(ctx, spec, nil)
}

// RunInTurn is Run, where the job waits for its turn to be applied.
func (r *Runner) RunInTurn(ctx context.Context, spec planner.Spec, turn *Turn) (o Outcome) {
	if err := cmp.Or(context.Cause(ctx), r.Allowance.Over()); err != nil {
		return Outcome{Err: err}
	}
	lock, err := r.State.LockWait(ctx, spec.Job, r.Now(), patience(spec.Job, r.LockWait, r.Reporter))
	if err != nil {
		return Outcome{Err: err}
	}
	defer func() { o.Err = errors.Join(o.Err, lock.Unlock()) }()
	started := r.Now()
	o = r.planAndApply(ctx, spec, turn)
	if err := r.State.Append(spec.Job, r.newRecord(spec, o, started)); err != nil {
		o.Err = errors.Join(o.Err, err)
	}
	return o
}

// patience waits so long for another run of a job, and has that reported.
func patience(job string, wait time.Duration, reporter Reporter) state.Patience {
	return state.Patience{Wait: wait, Tell: func(held *state.LockedError) { reporter.Waiting(job, held) }}
}

// planAndApply goes through the phases of a run. What ends one of them early keeps
// the later ones from starting.
func (r *Runner) planAndApply(ctx context.Context, spec planner.Spec, turn *Turn) (o Outcome) {
	memory := Memory{State: r.State, Now: r.Now, Log: r.Log}
	if spec.Metadata {
		if memory.Spool, o.Err = r.State.Scratch(); o.Err != nil {
			return o
		}
		defer memory.Spool.Close()
	}
	if o.Plan, o.Err = r.planInTurn(ctx, memory, spec, turn); o.Err != nil {
		return o
	}
	r.sweep(ctx, o.Plan)
	r.narrow(&o)
	r.Reporter.Planned(o.Plan)
	if o.Plan.Check() != nil || !o.Plan.Pending() {
		return o
	}
	begun := r.Now()
	pruning := r.upload(ctx, &o)
	if o.Err != nil {
		return o
	}
	memory.remember(spec, o, begun)
	r.storeManifest(ctx, &o, memory.Spool)
	if o.Err == nil && o.ManifestErr == nil && o.Summary.Unprotected()+o.Untimed() == 0 && pruning.Counts.Pruned > 0 {
		r.prune(ctx, &o, pruning)
	}
	return o
}

// planLasts is how long a plan may wait to be applied.
const planLasts = time.Minute

// planInTurn plans a job and, where something is to be done, waits for its turn. A plan
// that has become old by then is made again, which costs little: what was hashed is known.
func (r *Runner) planInTurn(ctx context.Context, memory Memory, spec planner.Spec, turn *Turn) (*planner.Plan, error) {
	plan, err := memory.Plan(ctx, spec, r.Cloud, r.Hasher)
	if err != nil || plan.Check() != nil || !plan.Pending() {
		return plan, err
	}
	planned := r.Now()
	if err := turn.apply(ctx); err != nil || r.Now().Sub(planned) < planLasts {
		return plan, err
	}
	return memory.Plan(ctx, spec, r.Cloud, r.Hasher)
}

// upload brings to the cloud what the plan wants there, and proves it. It returns what may
// be pruned then.
func (r *Runner) upload(ctx context.Context, o *Outcome) (pruning *planner.Plan) {
	o.Summary, o.Err = executor.Run(ctx, o.Plan, r.Cloud, r.options(o.watchUploads(r.Reporter.Uploading(o.Plan))))
	if o.Err == nil {
		o.Err = o.Plan.RootsInPlace()
	}
	if o.Err != nil {
		return nil
	}
	return r.prove(ctx, o)
}

// prune removes what is still gone here, and proves that nothing else is missing.
func (r *Runner) prune(ctx context.Context, o *Outcome, pruning *planner.Plan) {
	var back []planner.Stale
	if pruning, back, o.Err = o.Plan.StillGone(pruning); o.Err != nil {
		return
	}
	r.Reporter.Back(o.Plan, back)
	o.Pruning, o.Err = executor.Prune(ctx, pruning, r.Cloud, r.options(o.watchPruning(r.Reporter.Pruning(pruning))))
	if o.Err == nil {
		r.prove(ctx, o)
	}
}

// sweep removes what a killed restore of older content has left in the cloud, where the
// listing shows it. A restore that still runs links again what it had not begun to read.
// That it fails is no harm to the job: the next run tries again.
func (r *Runner) sweep(ctx context.Context, plan *planner.Plan) {
	if r.Sweep == nil || plan.Check() != nil || !plan.HasScratch() {
		return
	}
	if err := r.Sweep(ctx, plan); err != nil && r.Log != nil {
		r.Log.Info("scratch files are left in the cloud", "job", plan.Job, "cause", err.Error())
	}
}

// narrow leaves of the plan what may be done.
func (r *Runner) narrow(o *Outcome) {
	if r.Narrow == nil || o.Plan.Check() != nil {
		return
	}
	whole := o.Plan
	o.Plan, o.Stale = r.Narrow(whole)
	o.Partial = o.Plan.Counts.Writes() < whole.Counts.Writes()
	r.Reporter.Stale(o.Plan, o.Stale)
}

// prove lists what the run has left in the cloud. It returns what may be pruned.
func (r *Runner) prove(ctx context.Context, o *Outcome) (pruning *planner.Plan) {
	o.Proof, pruning, o.Err = planner.Prove(ctx, o.Plan, o.Summary.Stored, r.Cloud)
	if cause := context.Cause(ctx); cause != nil {
		o.Proof, o.Err = nil, cause
	}
	if o.Err == nil {
		r.Reporter.Proved(o.Plan, o.Proof)
	}
	return pruning
}

func (r *Runner) options(observe func(executor.Event)) executor.Options {
	return executor.Options{Slots: r.Slots, Hasher: r.Hasher, Allowance: r.Allowance, Grace: r.Grace, Observe: observe, Now: r.Now}
}

// Whole reports whether every selected file of the job is known to be in the cloud.
func (o Outcome) Whole() bool {
	return o.Err == nil && o.Plan != nil && o.Plan.Check() == nil && o.Unprotected() == 0 && len(o.Stale) == 0 && !o.Partial &&
		!o.Unkept()
}

// Unkept reports whether the job's metadata should be in the cloud and is not.
func (o Outcome) Unkept() bool {
	return o.ManifestErr != nil || o.Plan != nil && o.Plan.Metadata != nil && o.Plan.Metadata.Problem != ""
}

// Untimed returns how many files, in the cloud all the same, should have other times there.
// That the service sets none is no news of a file.
func (o Outcome) Untimed() int {
	n := 0
	if s := o.Summary; s != nil {
		n += s.Untimed - s.NoTimes
	}
	if o.Proof != nil {
		n += len(o.Proof.Untimed)
	}
	return n
}

// fewVanished is how many files may be gone before they were read without that being
// more than the bustle of a live folder.
const fewVanished = 10

// Unprotected returns how many selected files, or folders that could not be read, are
// not known to be in the cloud.
func (o Outcome) Unprotected() int {
	n := 0
	if o.Plan != nil {
		n += o.Plan.ProblemCount()
	}
	if s := o.Summary; s != nil {
		n += s.Unprotected()
		if s.Vanished > fewVanished && 2*s.Vanished > s.Pending {
			n += s.Vanished
		}
	}
	if o.Proof != nil {
		n += len(o.Proof.Missing)
	}
	return n
}
