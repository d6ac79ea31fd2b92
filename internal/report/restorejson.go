package report

import (
	"errors"
	"io"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/planner"
)

// Lost is an Observer that remembers what a restore could not bring back, and why.
type Lost struct {
	Deaf
	files []namedReason
}

// Uploading follows the downloads of a restore.
func (l *Lost) Uploading(*planner.Plan) func(executor.Event) {
	return func(e executor.Event) {
		if (e.Type == executor.Failed || e.Type == executor.Skipped) && !errors.Is(e.Err, executor.ErrNotTried) {
			l.files = append(l.files, namedReason{newJSONName(string(e.Action.Path)), e.Err.Error()})
		}
	}
}

// RestoreJSON writes a restore, or the dry run of one, as one JSON document: that of its
// plan, and what came of it.
func RestoreJSON(w io.Writer, o backup.Restored, lost *Lost, applied bool) error {
	document := struct {
		planDocument
		Restored *restoredJSON `json:"restored,omitempty"`
		Error    string        `json:"error,omitempty"`
		Text     string        `json:"text"`
	}{planDocument: planDocument{FormatVersion, []*planner.Plan{}}, Text: RestoreVerdict(o, applied)}
	if o.Plan != nil {
		document.Plans = append(document.Plans, o.Plan)
	}
	if o.Err != nil {
		document.Error = o.Err.Error()
	}
	if s := o.Summary; s != nil {
		document.Restored = &restoredJSON{
			Files: s.Fetched, Overwritten: s.Overwritten, Folders: s.Folders, Bytes: s.Bytes, ReceivedBytes: s.SentBytes,
			NotTried: s.NotTried, Lost: append([]namedReason{}, lost.files...),
		}
	}
	return writeJSON(w, document)
}

type restoredJSON struct {
	Files         int           `json:"files"`
	Overwritten   int           `json:"overwritten"`
	Folders       int           `json:"folders"`
	Bytes         int64         `json:"bytes"`
	ReceivedBytes int64         `json:"received_bytes"`
	NotTried      int           `json:"not_tried"`
	Lost          []namedReason `json:"lost"`
}
