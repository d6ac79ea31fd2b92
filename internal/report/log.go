package report

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Log is an Observer that keeps a log: a record an event, and one of level ERROR for each
// file that is not protected.
type Log struct{ log *slog.Logger }

// NewLog returns an observer that logs to log.
func NewLog(log *slog.Logger) *Log { return &Log{log} }

// Begun logs that a job begins.
func (l *Log) Begun(s Start) {
	l.log.Info("begun", "job", s.Job, "target", s.Target, "run", s.Run)
}

// Waiting logs that the job waits for another run of it.
func (l *Log) Waiting(job string, held *state.LockedError) {
	if held != nil {
		l.log.Info("waiting", "job", job, "reason", held.Error())
	}
}

// Planned logs a plan in numbers, and what stands in its way.
func (l *Log) Planned(plan *planner.Plan) {
	c := plan.Counts
	l.log.Info("planned", "job", plan.Job, "seen", c.Seen, "unchanged", c.Unchanged, "new", c.New, "changed", c.Changed,
		"moved", c.Moved, "retimed", c.Retimed, "pruned", c.Pruned, "cloud_only", c.CloudOnly, "problems", plan.ProblemCount(), "read_bytes", c.ReadBytes)
	for _, r := range plan.Refusals {
		l.log.Error("refused", "job", plan.Job, "root", r.Root, "reason", r.Reason)
	}
	if plan.HeldBack != "" {
		l.log.Warn("nothing is pruned", "job", plan.Job, "reason", plan.HeldBack)
	}
	for _, p := range plan.Problems {
		for _, path := range append([]planner.RelPath{p.Path}, p.Twins...) {
			l.log.Error("not protected", "job", plan.Job, "path", string(path), "reason", p.Reason)
		}
	}
}

// Stale logs what of a saved plan does not hold.
func (l *Log) Stale(plan *planner.Plan, stale []planner.Stale) {
	for _, s := range stale {
		l.log.Error("stale", "job", plan.Job, "path", string(s.Path), "reason", s.Reason)
	}
}

// Uploading logs each file that is done with.
func (l *Log) Uploading(plan *planner.Plan) func(executor.Event) {
	return func(e executor.Event) {
		switch e.Type {
		case executor.Done:
			l.log.Info("stored", "job", plan.Job, "path", string(e.Action.Path), "kind", string(e.Action.Kind), "bytes", e.Bytes, "note", e.Note)
		case executor.Failed, executor.Skipped:
			l.unstored(plan.Job, e)
		}
	}
}

func (l *Log) unstored(job string, e executor.Event) {
	level := slog.LevelError
	switch {
	case errors.Is(e.Err, executor.ErrVanished):
		level = slog.LevelInfo
	case errors.Is(e.Err, executor.ErrNotTried), errors.Is(e.Err, executor.ErrNoTimes):
		level = slog.LevelWarn
	}
	what := "not protected"
	if e.Action.Kind == planner.Retimed {
		what = "not retimed"
	}
	l.log.Log(context.Background(), level, what, "job", job, "path", string(e.Action.Path), "reason", e.Err.Error())
}

// Proved logs what a listing after the run shows.
func (l *Log) Proved(plan *planner.Plan, proof *planner.Proof) {
	for _, p := range proof.Missing {
		l.log.Error("not protected", "job", plan.Job, "path", string(p.Path), "reason", p.Reason)
	}
	for _, p := range proof.Untimed {
		l.log.Error("not retimed", "job", plan.Job, "path", string(p.Path), "reason", p.Reason)
	}
	l.log.Info("proved", "job", plan.Job, "files", proof.Files, "bytes", proof.Bytes, "missing", len(proof.Missing))
}

// Back logs what is left in the cloud because it is here again.
func (l *Log) Back(plan *planner.Plan, back []planner.Stale) {
	for _, s := range back {
		l.log.Info("kept", "job", plan.Job, "path", string(s.Path), "reason", s.Reason)
	}
}

// Pruning logs each file that is removed from the cloud, or is not.
func (l *Log) Pruning(pruning *planner.Plan) func(executor.Event) {
	return func(e executor.Event) {
		switch path := string(e.Action.Path); e.Type {
		case executor.Done:
			l.log.Info("pruned", "job", pruning.Job, "path", path, "bytes", e.Bytes)
		case executor.Failed:
			l.log.Error("not pruned", "job", pruning.Job, "path", path, "reason", e.Err.Error())
		case executor.Skipped:
			l.log.Info("kept", "job", pruning.Job, "path", path, "reason", e.Err.Error())
		}
	}
}

// Ended logs what came of a job.
func (l *Log) Ended(job string, outcome backup.Outcome) {
	verdict := outcome.Verdict()
	switch {
	case outcome.Err != nil:
		l.log.Error("ended", "job", job, "verdict", verdict, "cause", outcome.Err.Error())
	case verdict == state.VerdictProtected:
		l.log.Info("ended", "job", job, "verdict", verdict)
	default:
		l.log.Warn("ended", "job", job, "verdict", verdict, "unprotected", outcome.Unprotected())
	}
}
