// Package executor makes a plan come true: it uploads, with several files in
// flight, what the plan found new or changed.
//
// It never decides what to do and never lists. One file that cannot be sent stops
// no other; what concerns the whole account, like a full quota, stops the run.
package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Cloud is what a run needs of the cloud. *jotta.Client is one. Both methods may
// be called concurrently and repeated without harm.
type Cloud interface {
	// CreateBackupdir makes the backupdir of path; it is no error that it exists.
	CreateBackupdir(ctx context.Context, path jotta.Path) error
	// Upload makes the path hold the content with the stated size and MD5, or
	// returns an error and leaves there what was there. It returns
	// jotta.ErrContentChanged where the content is not what was stated.
	Upload(ctx context.Context, upload jotta.Upload) (jotta.Uploaded, error)
}

// Options say how to run a plan.
type Options struct {
	Slots   Slots            // how many files are in flight; shared by jobs that run together
	Hasher  *checksum.Hasher // shared likewise
	Observe func(Event)      // told of everything that happens; never called concurrently
	Grace   time.Duration    // how long what is in flight may go on once ctx has ended
}

// Slots are places for files in flight.
type Slots chan struct{}

// NewSlots returns n free places.
func NewSlots(n int) Slots { return make(Slots, n) }

// Run applies the plan. When ctx ends it starts nothing new, lets what is in
// flight end within the grace, and returns the cause.
//
// The summary is never nil and accounts for every action. The error says what
// kept the run as a whole from going on; files that failed by themselves are in
// the summary only.
func Run(ctx context.Context, plan *planner.Plan, cloud Cloud, options Options) (*Summary, error) {
	r := &run{plan: plan, cloud: cloud, options: options, summary: newSummary(plan)}
	defer func() { r.emit(Event{Type: Finished, Summary: r.summary}) }()
	if err := plan.Check(); err != nil {
		return r.summary, err
	}
	if err := r.openTrees(); err != nil {
		return r.summary, err
	}
	defer r.closeTrees()
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	r.fatal = r.createBackupdir(inFlight)
	r.uploadAll(ctx, inFlight)
	if cause := context.Cause(ctx); cause != nil {
		return r.summary, cause
	}
	return r.summary, r.fatal
}

type run struct {
	plan    *planner.Plan
	cloud   Cloud
	options Options
	trees   []*localfs.Tree

	mu          sync.Mutex
	summary     *Summary
	fatal       error
	unreachable int // failures in a row for want of a cloud that answers
}

func (r *run) openTrees() error {
	for _, root := range r.plan.Roots {
		tree, err := localfs.OpenTree(root.Path)
		if err != nil {
			r.closeTrees()
			return fmt.Errorf("open root: %w", err)
		}
		r.trees = append(r.trees, tree)
	}
	return nil
}

func (r *run) closeTrees() {
	for _, tree := range r.trees {
		tree.Close()
	}
}

func (r *run) createBackupdir(ctx context.Context) error {
	if !r.plan.CreateBackupdir || !r.plan.Pending() {
		return nil
	}
	if err := r.cloud.CreateBackupdir(ctx, r.plan.Target); err != nil {
		return fmt.Errorf("create backupdir of %q: %w", r.plan.Target, err)
	}
	return nil
}

// uploadAll sends every new and changed file and returns when all are done.
func (r *run) uploadAll(ctx, inFlight context.Context) {
	workers := pool.New().WithMaxGoroutines(cap(r.options.Slots))
	for _, action := range r.plan.Actions {
		if action.Kind != planner.New && action.Kind != planner.Changed {
			continue
		}
		workers.Go(func() {
			if err := r.takeSlot(ctx); err != nil {
				r.skip(action, notTried(err))
				return
			}
			defer r.releaseSlot()
			r.upload(inFlight, action)
		})
	}
	workers.Wait()
}

// takeSlot waits for a free slot, and refuses one when nothing new is to be
// started.
func (r *run) takeSlot(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case r.options.Slots <- struct{}{}:
	}
	r.mu.Lock()
	err := r.fatal
	r.mu.Unlock()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		r.releaseSlot()
	}
	return err
}

func (r *run) releaseSlot() { <-r.options.Slots }

// withGrace returns a context that ends a while after ctx does.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	inFlight, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
	})
	return inFlight, func() {
		stop()
		cancel(context.Canceled)
	}
}

// stopsRun reports whether an error concerns every file, not only one.
func stopsRun(err error) bool {
	for _, cause := range []error{jotta.ErrUnauthorized, jotta.ErrQuota, jotta.ErrWriteLocked, context.Canceled} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
