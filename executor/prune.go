package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Pruner removes files from the cloud. *jotta.Client is one. What is not there is
// fine to remove.
type Pruner interface {
	// Stat describes a complete file, or returns jotta.ErrNotFound.
	Stat(ctx context.Context, path jotta.Path) (jotta.RemoteFile, error)
	// Trash puts a file into the trash.
	Trash(ctx context.Context, path jotta.Path) error
	// Purge removes a file for good.
	Purge(ctx context.Context, path jotta.Path) error
	// TrashEmptyFolder puts a folder into the trash, or returns jotta.ErrNotEmpty.
	TrashEmptyFolder(ctx context.Context, path jotta.Path) error
}

// ErrTouched says that a file was left alone because it is not what was planned any
// more.
var ErrTouched = errors.New("it has changed in the cloud since it was planned")

// Pruning accounts for what Prune was asked to remove.
type Pruning struct {
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`
	Folders int   `json:"folders"`
	Failed  int   `json:"failed"`
	Left    int   `json:"left"` // changed meanwhile, or not tried because the run ended
}

// Prune removes from the cloud what a plan that planner.Prove returned says: the
// files, then the folders that are empty without them. Each file is looked at once
// more and removed only if it is what was planned. When ctx ends it starts nothing
// new and returns the cause.
func Prune(ctx context.Context, plan *planner.Plan, cloud Pruner, options Options) (*Pruning, error) {
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	p := &pruning{cloud: cloud, plan: plan, observe: options.Observe, result: &Pruning{}}
	p.crew = newCrew(ctx, options.Slots)
	defer p.stop(nil)
	isFile := func(kind planner.Kind) bool { return kind == planner.Pruned }
	p.each(plan, isFile, func(action *planner.Action, _ *slot, err error) { p.remove(inFlight, action, err) })
	for i := range plan.Actions { // the deepest come first
		if action := &plan.Actions[i]; action.Kind == planner.PrunedFolder {
			p.remove(inFlight, action, context.Cause(p.starting))
		}
	}
	return p.result, context.Cause(p.starting)
}

type pruning struct {
	*crew
	cloud   Pruner
	plan    *planner.Plan
	observe func(Event)

	mu     sync.Mutex
	result *Pruning
}

// remove removes one file or folder, unless there is a reason against it, and
// accounts for it.
func (p *pruning) remove(ctx context.Context, action *planner.Action, err error) {
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrNotTried, err)
	} else {
		err = pruneOne(ctx, p.plan, action, p.cloud)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	event := Event{Type: Done, Action: action, Err: err}
	switch {
	case err == nil && action.Kind == planner.PrunedFolder:
		p.result.Folders++
	case err == nil:
		p.result.Files++
		p.result.Bytes += action.Remote.Size
		event.Bytes = action.Remote.Size
	case errors.Is(err, ErrNotTried), errors.Is(err, ErrTouched), errors.Is(err, jotta.ErrNotEmpty):
		p.result.Left++
		event.Type = Skipped
	default:
		p.result.Failed++
		event.Type = Failed
		if stopsRun(err) {
			p.stop(err)
		}
	}
	if p.observe != nil {
		p.observe(event)
	}
}

func pruneOne(ctx context.Context, plan *planner.Plan, action *planner.Action, cloud Pruner) error {
	path := plan.Destination(*action)
	if action.Kind == planner.PrunedFolder {
		return cloud.TrashEmptyFolder(ctx, path)
	}
	file, err := cloud.Stat(ctx, path)
	switch {
	case errors.Is(err, jotta.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !action.Remote.Is(file):
		return fmt.Errorf("prune %q: %w", string(path), ErrTouched)
	case plan.Prune == planner.PrunePurge:
		return cloud.Purge(ctx, path)
	}
	return cloud.Trash(ctx, path)
}
