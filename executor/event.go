package executor

import (
	"errors"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// EventType is what an event tells.
type EventType string

// The types of events. Each action that is tried is Started, then Sent any number
// of times, and then exactly one of Done, Failed and Skipped; an action that is
// not tried is Skipped, with ErrNotTried. Finished comes once, last.
const (
	Started  EventType = "started"
	Sent     EventType = "sent"
	Done     EventType = "done"
	Failed   EventType = "failed"
	Skipped  EventType = "skipped"
	Finished EventType = "finished"
)

// Event tells an observer what happens in a run.
type Event struct {
	Type    EventType
	Action  *planner.Action // the one in the plan; nil when Finished
	Bytes   int64           // Sent: how many more have arrived, or fewer where it starts over; Done: the file's size, 0 where it was moved
	Err     error           // Failed, Skipped: why; Finished, of uploads: what ended them early
	Note    string          // Done: what is worth knowing
	Summary *Summary        // Finished
}

// ErrNotTried says that an action was skipped because the run was ending.
var ErrNotTried = errors.New("not tried")

// ErrVanished says that a file was there when it was planned and is gone.
var ErrVanished = errors.New("vanished before it was read")

// Summary accounts for every action of a plan that brings a file, or its times, to the cloud:
// Pending = Uploaded + Replaced + Moved + Retimed + Skipped + Failed; or, of a restore, from there:
// Pending = Fetched + Overwritten + Folders + Skipped + Failed.
type Summary struct {
	Pending      int   `json:"pending"` // what the plan had to upload, replace, move or retime
	Uploaded     int   `json:"uploaded"`
	Replaced     int   `json:"replaced"`
	Moved        int   `json:"moved"`
	Retimed      int   `json:"retimed"`
	Skipped      int   `json:"skipped"`                 // Vanished and NotTried among them
	Vanished     int   `json:"vanished"`                // gone before they were read: nothing to protect
	NotTried     int   `json:"not_tried"`               // the run ended first
	OverTransfer int   `json:"over_transfer,omitempty"` // of NotTried: more was not to be sent
	OverTime     int   `json:"over_time,omitempty"`     // of NotTried: the time was over
	Failed       int   `json:"failed"`
	Untimed      int   `json:"untimed,omitempty"`  // of Skipped and Failed: only their times are not in the cloud
	NoTimes      int   `json:"no_times,omitempty"` // of Untimed: the service sets none
	Deduplicated int   `json:"deduplicated"`       // of Uploaded and Replaced: without sending a byte
	Bytes        int64 `json:"bytes"`              // of Uploaded and Replaced: their sizes
	SentBytes    int64 `json:"sent_bytes"`         // over the wire, of all, those sent twice among them

	Fetched     int `json:"fetched,omitempty"`
	Overwritten int `json:"overwritten,omitempty"`
	Folders     int `json:"folders,omitempty"` // empty ones that were made

	Stored []planner.Stored `json:"-"` // what all that was done put into the cloud, to be proved
}

func newSummary(plan *planner.Plan) *Summary {
	return &Summary{Pending: plan.Counts.Writes()}
}

// Unprotected returns how many files that the plan wanted in the cloud are not
// there.
func (s *Summary) Unprotected() int {
	return s.Pending - s.Uploaded - s.Replaced - s.Moved - s.Vanished - s.Retimed - s.Untimed
}

// NotRestored returns how many files and empty folders that the plan wanted here are not.
func (s *Summary) NotRestored() int { return s.Pending - s.Fetched - s.Overwritten - s.Folders }

func (r *run) done(action *planner.Action, sent sending) {
	bytes := sent.size
	if sent.moved {
		bytes = 0
	}
	r.account(func(s *Summary) {
		switch {
		case sent.moved:
			s.Moved++
		case action.Kind == planner.Changed:
			s.Replaced++
		default:
			s.Uploaded++
		}
		if sent.deduplicated {
			s.Deduplicated++
		}
		s.Bytes += bytes
		s.Stored = append(s.Stored, planner.Stored{Path: action.Path, CloudPath: action.CloudPath, Size: sent.size, MD5: sent.md5, Info: sent.info})
		r.unreachable, r.refused = 0, 0
	}, Event{Type: Done, Action: action, Bytes: bytes, Note: sent.note})
}

func (r *run) fail(action *planner.Action, err error) {
	r.account(func(s *Summary) {
		s.Failed++
		s.Untimed += count(action.Kind == planner.Retimed)
		r.considerStopping(err)
	}, Event{Type: Failed, Action: action, Err: err})
}

func (r *run) skip(action *planner.Action, err error) {
	r.account(func(s *Summary) {
		s.Skipped++
		s.Untimed += count(action.Kind == planner.Retimed)
		switch {
		case errors.Is(err, ErrNoTimes):
			s.NoTimes++
		case errors.Is(err, ErrNotTried):
			s.NotTried++
			s.OverTransfer += count(errors.Is(err, ErrMaxTransfer))
			s.OverTime += count(errors.Is(err, ErrMaxDuration))
		case errors.Is(err, ErrVanished):
			s.Vanished++
		}
	}, Event{Type: Skipped, Action: action, Err: err})
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// considerStopping ends the run where an error concerns more than one file. It is
// called with the lock held.
func (r *run) considerStopping(err error) {
	answered := isAnswered(err)
	switch {
	case !errors.Is(err, jotta.ErrUnavailable):
		r.unreachable, r.refused = 0, 0
	case answered:
		r.unreachable, r.refused = 0, r.refused+1
	default:
		r.unreachable++
	}
	if stopsRun(err) || r.unreachable >= maxUnreachable || r.refused >= maxRefused {
		r.stop(err)
	}
}

// isAnswered reports whether the service gave an answer, if only of its trouble.
func isAnswered(err error) bool {
	_, answered := errors.AsType[*jotta.APIError](err)
	return answered
}

func (r *run) account(change func(*Summary), event Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.summary)
	r.observe(event)
}

func (r *run) countSent(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.summary.SentBytes += n
}

func (r *run) emit(event Event) { r.account(func(*Summary) {}, event) }

func (r *run) observe(event Event) {
	if r.options.Observe != nil {
		r.options.Observe(event)
	}
}
