package report

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Begun begins to follow a job.
func (l *Live) Begun(s Start) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = append(l.jobs, &liveJob{name: s.Job, phase: livePlanning, since: l.now(), counts: s.Counts})
}

// Waiting follows a job that waits for another run of it.
func (l *Live) Waiting(name string, held *state.LockedError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, job := range l.jobs {
		if job.name != name {
			continue
		}
		job.phase, job.since = livePlanning, l.now()
		if held != nil {
			job.phase, job.todo = liveWaiting, held.Error()
		}
	}
}

// Planned counts what there is to do.
func (l *Live) Planned(plan *planner.Plan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total.problems += plan.ProblemCount()
	c := plan.Counts
	for _, job := range l.jobs {
		if job.name == plan.Job && c.Writes() > 0 {
			job.phase, job.since = liveWaiting, l.now()
			job.todo = fmt.Sprintf("%s (%s) to bring to the cloud", plural(c.Writes(), "file"), size(c.NewBytes+c.ChangedBytes))
		}
	}
}

// Uploading follows the uploads or, of a restore, the downloads.
func (l *Live) Uploading(plan *planner.Plan) func(executor.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := plan.Counts
	phase, files, bytes := liveUploading, c.Writes(), c.NewBytes+c.ChangedBytes
	if plan.Restore {
		phase, files, bytes = liveRestoring, c.Downloads()+emptyFolders(plan), c.FetchedBytes+c.OverwrittenBytes
		if len(plan.Roots) == 0 {
			phase = liveReading
		}
	}
	l.total.jobs++
	l.total.files += files
	l.total.bytes += bytes
	l.enter(plan.Job, phase, fmt.Sprintf("%s (%s)", plural(files, "file"), size(bytes)))
	return func(e executor.Event) { l.uploading(plan, e) }
}

func (l *Live) uploading(plan *planner.Plan, e executor.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e.Type {
	case executor.Started:
		l.takeSlot(e.Action)
	case executor.Sent:
		l.sent(e.Action, e.Bytes)
	case executor.Done:
		l.finish(e.Action)
	case executor.Failed:
		l.total.problems++
		l.finish(e.Action)
	case executor.Skipped:
		if errors.Is(e.Err, executor.ErrNotTried) {
			return
		}
		if !errors.Is(e.Err, executor.ErrVanished) && !errors.Is(e.Err, executor.ErrNoTimes) {
			l.total.problems++
		}
		l.finish(e.Action)
	case executor.Finished:
		if plan.Restore || e.Err != nil { // no listing follows
			return
		}
		l.enter(plan.Job, liveProving, "by a listing")
	}
}

// Pruning follows a pruning.
func (l *Live) Pruning(pruning *planner.Plan) func(executor.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	job := l.enter(pruning.Job, livePruning, plural(pruning.Counts.Pruned, "file"))
	if job == nil {
		return nil
	}
	job.prune = pruning.Counts.Pruned
	return func(e executor.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if e.Action.Kind == planner.Pruned {
			job.pruned++
		}
		if e.Type == executor.Failed {
			l.total.problems++
		}
	}
}

// Stale is of no interest to the progress.
func (l *Live) Stale(*planner.Plan, []planner.Stale) {}

// Proved counts what is not in the cloud as it should be.
func (l *Live) Proved(_ *planner.Plan, proof *planner.Proof) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total.problems += len(proof.Missing) + len(proof.Untimed)
}

// Back is of no interest to the progress.
func (l *Live) Back(*planner.Plan, []planner.Stale) {}

// Ended forgets a job.
func (l *Live) Ended(name string, _ backup.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, job := range l.jobs {
		if job.name == name {
			l.jobs = append(l.jobs[:i:i], l.jobs[i+1:]...)
			return
		}
	}
}

// enter brings a job to a phase. It returns nil for a job that it does not follow.
func (l *Live) enter(name string, phase livePhase, what string) *liveJob {
	for _, job := range l.jobs {
		if job.name == name {
			job.phase, job.since = phase, l.now()
			if l.phase != nil {
				l.phase(fmt.Sprintf("%s job %q: %s", phase, name, what))
			}
			return job
		}
	}
	return nil
}

// takeSlot gives a file in flight the first line that is free.
func (l *Live) takeSlot(action *planner.Action) {
	file := &liveFile{path: action.Path, size: transferred(action), coming: action.Kind.Restores()}
	for i, f := range l.files {
		if f == nil {
			l.files[i], l.slots[action] = file, i
			return
		}
	}
	l.slots[action] = len(l.files)
	l.files = append(l.files, file)
}

func (l *Live) sent(action *planner.Action, bytes int64) {
	l.total.wire += max(0, bytes)
	if slot, found := l.slots[action]; found {
		l.files[slot].sent += bytes
	}
}

// finish counts a file as done with, however it ended.
func (l *Live) finish(action *planner.Action) {
	l.total.done++
	if action.Kind != planner.Moved && action.Kind != planner.Retimed {
		l.total.doneBytes += transferred(action)
	}
	if slot, found := l.slots[action]; found {
		l.files[slot] = nil
		delete(l.slots, action)
	}
}

// transferred is the size of what an action brings to its place.
func transferred(action *planner.Action) int64 {
	switch {
	case action.Kind.Downloads():
		return action.Remote.Size
	case action.Local == nil:
		return 0
	}
	return action.Local.Size
}
