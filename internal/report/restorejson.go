package report

import (
	"cmp"
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
		Restored *restoredJSON         `json:"restored,omitempty"`
		Metadata *restoredMetadataJSON `json:"metadata,omitempty"`
		Error    string                `json:"error,omitempty"`
		Text     string                `json:"text"`
	}{planDocument: planDocument{FormatVersion, []*planner.Plan{}}, Text: RestoreVerdict(o, applied)}
	if o.Plan != nil {
		document.Plans = append(document.Plans, o.Plan)
	}
	if o.Err != nil {
		document.Error = o.Err.Error()
	}
	if applied {
		s := cmp.Or(o.Summary, new(executor.Summary))
		document.Restored = &restoredJSON{
			Files: s.Fetched, Overwritten: s.Overwritten, Folders: s.Folders, Bytes: s.Bytes, ReceivedBytes: s.SentBytes,
			NotTried: s.NotTried, Lost: append([]namedReason{}, lost.files...),
		}
	}
	document.Metadata = newRestoredMetadataJSON(o.Metadata)
	return writeJSON(w, document)
}

// restoredMetadataJSON is what became of the job's manifest.
type restoredMetadataJSON struct {
	Entries  int           `json:"entries"`
	Applied  bool          `json:"applied"`
	Withheld int           `json:"withheld"`
	Failed   int           `json:"failed"`
	Omitted  []namedReason `json:"omitted"`
	Failures []namedReason `json:"failures"`
	Error    string        `json:"error,omitempty"`
}

func newRestoredMetadataJSON(m backup.RestoredMetadata) *restoredMetadataJSON {
	if m.Entries == 0 && m.Err == nil {
		return nil
	}
	named := func(notes []planner.Note) []namedReason {
		all := []namedReason{}
		for _, n := range notes {
			all = append(all, namedReason{newJSONName(string(n.Path)), n.Reason})
		}
		return all
	}
	document := &restoredMetadataJSON{
		Entries: m.Entries, Applied: m.Applied, Withheld: m.Withheld, Failed: m.Failed,
		Omitted: named(m.Omitted), Failures: named(m.Failures),
	}
	if m.Err != nil {
		document.Error = m.Err.Error()
	}
	return document
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
