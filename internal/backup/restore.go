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
}

// Restored is what came of a restore.
type Restored struct {
	Plan    *planner.Plan     // nil where none could be made
	Summary *executor.Summary // nil where nothing was to be brought back
	Err     error             // why it broke off
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
	o = r.Plan(ctx, spec)
	if o.Err != nil || o.Plan.Check() != nil || !o.Plan.Restorable() {
		return o
	}
	o.Summary, o.Err = executor.Restore(ctx, o.Plan, r.Cloud, executor.Options{
		Slots: r.Slots, Hasher: r.Hasher, Grace: r.Grace, Observe: r.Reporter.Uploading(o.Plan),
	})
	return o
}

// Plan plans a restore, and changes nothing.
func (r *Restorer) Plan(ctx context.Context, spec planner.RestoreSpec) Restored {
	plan, err := planner.BuildRestore(ctx, spec, r.Cloud, r.Hasher)
	if cause := context.Cause(ctx); cause != nil {
		return Restored{Err: cause}
	}
	if err != nil {
		return Restored{Err: err}
	}
	r.Reporter.Planned(plan)
	return Restored{Plan: plan}
}

func (r *Restorer) lock(ctx context.Context, job string) (unlock func() error, err error) {
	dir, err := r.OpenState()
	if err != nil {
		return nil, err
	}
	lock, err := dir.LockWait(ctx, job, r.Now(), r.LockWait)
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
