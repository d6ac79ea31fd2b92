package report

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Stream is an Observer that writes a run as JSON lines: first a version record, then
// a record for each event, and last the verdict. After an error of the writer it writes
// nothing more.
type Stream struct {
	encoder *json.Encoder
	now     func() time.Time
	text    string
	totals  Totals
	err     error
}

// NewStream begins a stream with the version of the program.
func NewStream(w io.Writer, program string, now func() time.Time) *Stream {
	s := &Stream{encoder: json.NewEncoder(w), now: now}
	s.encoder.SetEscapeHTML(false)
	s.write(struct {
		head
		FormatVersion int    `json:"format_version"`
		Program       string `json:"program"`
	}{s.head("version", ""), FormatVersion, program})
	return s
}

// Conclude says what came of all jobs.
func (s *Stream) Conclude(totals Totals) { s.text, s.totals = RunVerdict(totals), totals }

// End ends the stream with the verdict. Where nothing was concluded, the cause is what
// ended it. It returns the error of the writer, if there was any.
func (s *Stream) End(exitCode int, cause error) error {
	record := struct {
		head
		ExitCode int        `json:"exit_code"`
		Text     string     `json:"text"`
		Totals   totalsJSON `json:"totals"`
	}{s.head("verdict", ""), exitCode, s.text, newTotalsJSON(s.totals)}
	if s.text == "" && cause != nil {
		record.Text = cause.Error()
	}
	s.write(record)
	return s.err
}

// head is what every record begins with.
type head struct {
	Type string    `json:"type"`
	Time time.Time `json:"time"`
	Job  string    `json:"job,omitempty"`
}

func (s *Stream) head(kind, job string) head { return head{kind, s.now().UTC(), job} }

func (s *Stream) write(record any) {
	if s.err == nil {
		s.err = s.encoder.Encode(record)
	}
}

// Begun writes that a job begins.
func (s *Stream) Begun(start Start) {
	s.write(struct {
		head
		Target string     `json:"target"`
		Proof  *proofJSON `json:"proof,omitempty"`
	}{s.head("begun", start.Job), start.Target, newProofJSON(start.Proof)})
}

// Planned writes a plan in numbers, and each of its problems and notes.
func (s *Stream) Planned(plan *planner.Plan) {
	s.write(struct {
		head
		Target    string            `json:"target"`
		Counts    planner.Counts    `json:"counts"`
		Refusals  []planner.Refusal `json:"refusals"`
		HeldBack  string            `json:"held_back,omitempty"`
		OverLimit bool              `json:"over_limit,omitempty"`
		Metadata  *planner.Metadata `json:"metadata,omitempty"`
	}{s.head("planned", plan.Job), string(plan.Target), plan.Counts, append([]planner.Refusal{}, plan.Refusals...), plan.HeldBack, plan.OverLimit, plan.Metadata})
	for _, p := range plan.Problems {
		twins := []jsonName{}
		for _, twin := range p.Twins {
			twins = append(twins, newJSONName(string(twin)))
		}
		s.write(struct {
			reasonRecord
			Twins []jsonName `json:"twins"`
			Files int        `json:"files"`
		}{s.reason("problem", plan.Job, p.Path, p.Reason), twins, p.Files})
	}
	for _, n := range plan.Notes {
		s.write(s.reason("note", plan.Job, n.Path, n.Reason))
	}
}

// reasonRecord is about a path.
type reasonRecord struct {
	head
	jsonName
	Reason string `json:"reason"`
}

func (s *Stream) reason(kind, job string, path planner.RelPath, reason string) reasonRecord {
	return reasonRecord{s.head(kind, job), newJSONName(string(path)), reason}
}

// Stale writes what of a saved plan does not hold.
func (s *Stream) Stale(plan *planner.Plan, stale []planner.Stale) {
	for _, x := range stale {
		s.write(s.reason("stale", plan.Job, x.Path, x.Reason))
	}
}

// actionRecord is about one action of a plan.
type actionRecord struct {
	head
	Kind planner.Kind `json:"kind"`
	jsonName
	Bytes    int64  `json:"bytes"`
	Note     string `json:"note,omitempty"`
	Error    string `json:"error,omitempty"`
	NotTried bool   `json:"not_tried,omitempty"`
}

func (s *Stream) action(kind, job string, e executor.Event) {
	record := actionRecord{head: s.head(kind, job), Kind: e.Action.Kind, jsonName: newJSONName(string(e.Action.Path)), Bytes: e.Bytes, Note: e.Note}
	if e.Err != nil {
		record.Error, record.NotTried = e.Err.Error(), errors.Is(e.Err, executor.ErrNotTried)
	}
	s.write(record)
}

// Uploading writes each file that is begun or done with, and then their sum.
func (s *Stream) Uploading(plan *planner.Plan) func(executor.Event) {
	return func(e executor.Event) {
		switch e.Type {
		case executor.Sent: // of interest to a progress only
		case executor.Finished:
			s.write(struct {
				head
				*executor.Summary
			}{s.head("uploaded", plan.Job), e.Summary})
		default:
			s.action(string(e.Type), plan.Job, e)
		}
	}
}

// Proved writes a listing's proof, and what it lacks.
func (s *Stream) Proved(plan *planner.Plan, proof *planner.Proof) {
	for _, p := range proof.Missing {
		s.write(s.reason("missing", plan.Job, p.Path, p.Reason))
	}
	for _, p := range proof.Untimed {
		s.write(s.reason("not_retimed", plan.Job, p.Path, p.Reason))
	}
	s.write(struct {
		head
		Files   int   `json:"files"`
		Bytes   int64 `json:"bytes"`
		Missing int   `json:"missing"`
	}{s.head("proved", plan.Job), proof.Files, proof.Bytes, len(proof.Missing)})
}

// Back writes what is kept in the cloud because it is here again.
func (s *Stream) Back(plan *planner.Plan, back []planner.Stale) {
	for _, x := range back {
		s.write(s.reason("kept", plan.Job, x.Path, x.Reason))
	}
}

// Waiting writes nothing: the lines tell what is done.
func (s *Stream) Waiting(string, *state.LockedError) {}

// Pruning writes each file that is removed from the cloud, or is not.
func (s *Stream) Pruning(pruning *planner.Plan) func(executor.Event) {
	kinds := map[executor.EventType]string{executor.Done: "pruned", executor.Failed: "not_pruned", executor.Skipped: "kept_back"}
	return func(e executor.Event) {
		if kind, found := kinds[e.Type]; found {
			s.action(kind, pruning.Job, e)
		}
	}
}

// Ended writes what came of a job.
func (s *Stream) Ended(job string, outcome backup.Outcome) {
	record := struct {
		head
		Verdict     string `json:"verdict"`
		Unprotected int    `json:"unprotected"`
		Error       string `json:"error,omitempty"`
	}{s.head("ended", job), outcome.Verdict(), outcome.Unprotected(), ""}
	if outcome.Err != nil {
		record.Error = outcome.Err.Error()
	}
	s.write(record)
}

// totalsJSON are the sums of a run.
type totalsJSON struct {
	Jobs        int   `json:"jobs"`
	Refused     int   `json:"refused"`
	BrokenOff   int   `json:"broken_off"`
	Seen        int   `json:"seen"`
	Unprotected int   `json:"unprotected"`
	Uploaded    int   `json:"uploaded"`
	Replaced    int   `json:"replaced"`
	Moved       int   `json:"moved"`
	Retimed     int   `json:"retimed"`
	NotRetimed  int   `json:"not_retimed"`
	Pruned      int   `json:"pruned"`
	NotPruned   int   `json:"not_pruned"`
	NotTried    int   `json:"not_tried"`
	Stale       int   `json:"stale"`
	Bytes       int64 `json:"bytes"`
}

func newTotalsJSON(t Totals) totalsJSON {
	return totalsJSON{
		Jobs: t.Jobs, Refused: t.Refused, BrokenOff: t.Broken, Seen: t.Seen, Unprotected: t.Unprotected,
		Uploaded: t.Uploaded, Replaced: t.Replaced, Moved: t.Moved, Retimed: t.Retimed, NotRetimed: t.Untimed, Pruned: t.Pruned, NotPruned: t.Unpruned,
		NotTried: t.NotTried, Stale: t.Stale, Bytes: t.Bytes,
	}
}
