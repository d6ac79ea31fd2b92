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

// RestoreCloud is all that a restore needs of the cloud. *jotta.Client is one.
type RestoreCloud interface {
	planner.Lister
	executor.Downloader
}

// Restorer brings jobs back.
type Restorer struct {
	Cloud    RestoreCloud
	Hasher   *checksum.Hasher
	Slots    *executor.Slots
	Grace    time.Duration // how long what is in flight may go on once the context ends
	LockWait time.Duration // how long to wait for a run of the job, where one must not go on
	Now      func() time.Time

	// OpenState gives the state folder. It is needed only where the job's own roots are
	// written to: no run may read what is half restored. A restore to elsewhere asks for
	// no lock, and waits for no run.
	OpenState func() (*state.Dir, error)

	Reporter Reporter
	Metadata *MetadataOptions // what the manifest of a job is for; nil: nothing
	Private  bool             // files are for their owner alone, unless the manifest says otherwise

	// Sweep, if set, removes from the cloud what downloads leave there. It is called
	// before and after them, whatever becomes of them.
	Sweep func(context.Context) error
}

// Restored is what came of a restore.
type Restored struct {
	Plan    *planner.Plan     // nil where none could be made
	Summary *executor.Summary // nil where nothing was to be brought back
	Err     error             // why it broke off

	Metadata RestoredMetadata
}

// Run plans a restore and carries it out.
func (r *Restorer) Run(ctx context.Context, spec planner.RestoreSpec) (o Restored) {
	if spec.InPlace {
		unlock, err := r.lock(ctx, spec.Job)
		if err != nil {
			return Restored{Err: err}
		}
		defer func() { o.Err = errors.Join(o.Err, unlock()) }()
	}
	o, metadata := r.plan(ctx, spec)
	defer metadata.close()
	if o.Err != nil || o.Plan.Check() != nil {
		return o
	}
	metadata.begin()
	if o.Plan.Restorable() {
		o.Summary, o.Err = r.restore(ctx, o.Plan, r.options(o.Plan, metadata))
	}
	if o.Err == nil && metadata != nil {
		metadata.apply(ctx)
		o.Metadata, o.Err = metadata.result, context.Cause(ctx)
	}
	return o
}

// restore carries a plan out, and leaves no trace of that in the cloud.
func (r *Restorer) restore(ctx context.Context, plan *planner.Plan, options executor.Options) (*executor.Summary, error) {
	if r.Sweep == nil {
		return executor.Restore(ctx, plan, r.Cloud, options)
	}
	if err := r.Sweep(ctx); err != nil {
		return nil, err
	}
	summary, err := executor.Restore(ctx, plan, r.Cloud, options)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepPatience)
	defer cancel()
	return summary, errors.Join(err, r.Sweep(after))
}

// sweepPatience is how long the last sweep may take.
const sweepPatience = 10 * time.Second

func (r *Restorer) options(plan *planner.Plan, metadata *metadataRestore) executor.Options {
	options := executor.Options{Slots: r.Slots, Hasher: r.Hasher, Grace: r.Grace, Observe: r.Reporter.Uploading(plan)}
	options.Private = r.Private || metadata != nil // also where it cannot be had: it may say that nobody else may read them
	if metadata != nil && metadata.result.Err == nil {
		options.Observe = metadata.observe(options.Observe)
	}
	return options
}

// Plan plans a restore, and changes nothing.
func (r *Restorer) Plan(ctx context.Context, spec planner.RestoreSpec) Restored {
	o, metadata := r.plan(ctx, spec)
	metadata.close()
	return o
}

func (r *Restorer) plan(ctx context.Context, spec planner.RestoreSpec) (o Restored, metadata *metadataRestore) {
	plan, err := planner.BuildRestore(ctx, spec, r.Cloud, r.Hasher)
	if err == nil {
		metadata = r.fetchManifest(ctx, spec, plan)
	}
	if cause := context.Cause(ctx); cause != nil {
		return Restored{Err: cause}, metadata
	}
	if err != nil {
		return Restored{Err: err}, metadata
	}
	o.Plan = plan
	switch {
	case metadata != nil:
		o.Metadata = metadata.result
	case r.Private && r.Metadata != nil && plan.Check() == nil:
		plan.Notes = append(plan.Notes, planner.Note{Path: planner.ManifestFile, Reason: noManifest})
	}
	r.Reporter.Planned(plan)
	return o, metadata
}

// noManifest is said where there should be one, of the time that is brought back.
const noManifest = "the cloud has none of then: files are for their owner alone"

func (r *Restorer) lock(ctx context.Context, job string) (unlock func() error, err error) {
	dir, err := r.OpenState()
	if err != nil {
		return nil, err
	}
	lock, err := dir.LockWait(ctx, job, r.Now(), patience(job, r.LockWait, r.Reporter))
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return func() error { return errors.Join(lock.Unlock(), dir.Close()) }, nil
}

// Missing returns how many files, or folders that could not be looked at, are not here as
// the cloud has them.
func (o Restored) Missing() int {
	n := 0
	if o.Plan != nil {
		n += o.Plan.ProblemCount() + o.Plan.Counts.Kept
	}
	if o.Summary != nil {
		n += o.Summary.NotRestored()
	}
	return n
}
