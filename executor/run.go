// Package executor makes a plan come true: it uploads, with several files in
// flight, what the plan found new or changed, and sends times that differ.
//
// It never decides what to do and never lists. One file that cannot be sent stops
// no other; what concerns the whole account, like a full quota, stops the run.
package executor

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Cloud is what a run needs of the cloud. *jotta.Client is one. All methods may be
// called concurrently and repeated without harm.
type Cloud interface {
	// CreateBackupdir makes the backupdir of path; it is no error that it exists.
	CreateBackupdir(ctx context.Context, path jotta.Path) error
	// Upload makes the path hold the content with the stated size and MD5, or
	// returns an error and leaves there what was there. It returns
	// jotta.ErrContentChanged where the content is not what was stated.
	Upload(ctx context.Context, upload jotta.Upload) (jotta.Uploaded, error)
	// Stat describes a complete file, or returns jotta.ErrNotFound.
	Stat(ctx context.Context, path jotta.Path) (jotta.RemoteFile, error)
	// Move gives a file in the cloud another path, with its older versions.
	Move(ctx context.Context, from, to jotta.Path) error
	// Versions returns what the cloud keeps of a file, or jotta.ErrNotFound.
	Versions(ctx context.Context, path jotta.Path) ([]jotta.Version, error)
	// Link makes the path hold the content and times of a version without sending a byte,
	// or returns jotta.ErrNotLinked.
	Link(ctx context.Context, path jotta.Path, version jotta.Version) error
}

// Hasher computes the MD5 of the first size bytes of content. *checksum.Hasher is
// one, and returns checksum.ErrShort where there are fewer.
type Hasher interface {
	Sum(ctx context.Context, content io.ReaderAt, size int64) ([md5.Size]byte, error)
}

// Options say how to run a plan.
type Options struct {
	Slots   *Slots           // how many files are in flight; shared by jobs that run together
	Hasher  Hasher           // shared likewise
	Observe func(Event)      // told of everything that happens; never called concurrently
	Grace   time.Duration    // how long what is in flight may go on once ctx has ended
	Now     func() time.Time // nil: the system's clock

	Allowance *Allowance // shared likewise; nil: the run ends when all is done
	Private   bool       // files that are brought back are for their owner alone, for now
}

// Run applies the plan. When ctx ends it starts nothing new, lets what is in
// flight end within the grace, and returns the cause.
//
// The summary is never nil and accounts for every action. The error says what
// kept the run as a whole from going on; files that failed by themselves are in
// the summary only.
func Run(ctx context.Context, plan *planner.Plan, cloud Cloud, options Options) (_ *Summary, err error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	r := &run{plan: plan, cloud: cloud, options: options, summary: newSummary(plan), moved: map[*planner.Action]bool{}}
	defer func() { r.emit(Event{Type: Finished, Summary: r.summary, Err: err}) }()
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	r.crew = newCrew(ctx, options.Slots)
	defer r.stop(nil)
	defer r.closeTrees()
	if err := r.prepare(inFlight); err != nil {
		r.stop(err)
	}
	r.moveAll(inFlight)
	r.uploadAll(inFlight)
	r.timeAll(inFlight)
	if cause := context.Cause(ctx); cause != nil {
		return r.summary, cause
	}
	return r.summary, context.Cause(r.starting)
}

type run struct {
	plan    *planner.Plan
	cloud   Cloud
	options Options
	trees   []*localfs.Tree
	folders folders
	*crew

	mu          sync.Mutex
	summary     *Summary
	moved       map[*planner.Action]bool
	unreachable int // failures in a row for want of a cloud that answers
	refused     int // failures in a row by a cloud that answers with trouble of its own
}

// prepare does what comes before the first file.
func (r *run) prepare(inFlight context.Context) error {
	if err := r.plan.Check(); err != nil {
		return err
	}
	if err := r.openTrees(); err != nil {
		return err
	}
	if !r.plan.CreateBackupdir || r.plan.Counts.Uploads() == 0 || r.starting.Err() != nil {
		return nil
	}
	if err := r.cloud.CreateBackupdir(inFlight, r.plan.Target); err != nil {
		return fmt.Errorf("create backupdir of %q: %w", r.plan.Target, err)
	}
	return nil
}

func (r *run) openTrees() error {
	for i := range r.plan.Trees() {
		tree, err := r.plan.OpenRoot(i)
		if err != nil {
			return err
		}
		r.trees = append(r.trees, tree)
	}
	r.folders.trees, r.folders.now = r.trees, r.options.Now
	return nil
}

func (r *run) closeTrees() {
	r.folders.close()
	for _, tree := range r.trees {
		tree.Close()
	}
}

// lostRoot is the refusal to go on with a job whose root is not what was planned:
// that its files are gone is no news of them.
func lostRoot(path string, err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return fmt.Errorf("%w: root %q is no longer there as planned (not mounted?): %w", planner.ErrRefused, path, err)
}

// uploadAll brings every file of the plan to the cloud, as far as the allowance goes,
// and returns when all are done.
func (r *run) uploadAll(inFlight context.Context) {
	r.each(r.plan, planner.Kind.Uploads, func(action *planner.Action, in *slot, err error) {
		size := action.Local.Size
		if r.wasMoved(action) {
			size = 0
		}
		if err == nil {
			err = r.options.Allowance.begin(size)
		}
		if err != nil {
			r.skip(action, fmt.Errorf("%w: %w", ErrNotTried, err))
			return
		}
		sent := r.upload(inFlight, action, in)
		r.options.Allowance.settle(size, sent)
	})
}

// stopsRun reports whether an error concerns every file, not only one.
func stopsRun(err error) bool {
	for _, cause := range []error{
		jotta.ErrUnauthorized, jotta.ErrNoCredentials, jotta.ErrQuota, jotta.ErrWriteLocked, planner.ErrRefused,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return localfs.IsFull(err)
}
