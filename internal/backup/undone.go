package backup

import (
	"errors"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/planner"
)

// Undone is an action that did not come true.
type Undone struct {
	Path     planner.RelPath
	Reason   string
	NotTried bool // the run ended first
	Harmless bool // nothing is amiss with the file
	Pruning  bool // the file is still in the cloud, and was to go
}

// watchUploads notes what becomes of the files that are to be brought to the cloud, and
// lets the observer, if there is one, know too.
func (o *Outcome) watchUploads(observe func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		switch e.Type {
		case executor.Done:
			if e.Action.Kind == planner.Changed {
				o.Rewritten = append(o.Rewritten, e.Action.Path)
			}
		case executor.Failed, executor.Skipped:
			if !errors.Is(e.Err, executor.ErrVanished) {
				o.undone(e, false)
			}
		}
		tell(observe, e)
	}
}

// watchPruning does so for the files that are to be removed.
func (o *Outcome) watchPruning(observe func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		if e.Type == executor.Failed {
			o.undone(e, true)
		}
		tell(observe, e)
	}
}

func (o *Outcome) undone(e executor.Event, pruning bool) {
	o.Undone = append(o.Undone, Undone{
		Path: e.Action.Path, Reason: e.Err.Error(), NotTried: errors.Is(e.Err, executor.ErrNotTried),
		Harmless: errors.Is(e.Err, executor.ErrNoTimes), Pruning: pruning,
	})
}

func tell(observe func(executor.Event), e executor.Event) {
	if observe != nil {
		observe(e)
	}
}
