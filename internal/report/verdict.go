package report

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
)

// Totals add up the outcomes of all jobs.
type Totals struct {
	Jobs, Refused, Broken                     int // Broken: ended by an error
	Seen, Unprotected, Uploaded, Replaced     int
	Vanished, Deduplicated, NotTried, Folders int // Folders: that could not be read, each one of Unprotected
	OverTransfer, OverTime                    int // of NotTried: --max-transfer, --max-duration
	NotBegun                                  int // jobs, for want of time
	Stale, Partial                            int
	New, Changed, Moves, Retimes, Prunes      int // pending in the plans
	Retimed, Untimed                          int // Untimed: in the cloud, with other times than they should have
	Moved, Pruned, Unpruned, HeldBack         int // HeldBack: jobs whose pruning max_prune holds back
	Manifests, Stored, Unkept                 int // Manifests: pending in the plans; Unkept: jobs whose metadata is not kept
	Bytes                                     int64
}

// Add counts an outcome.
func (t *Totals) Add(o backup.Outcome) {
	t.Jobs++
	t.Unprotected += o.Unprotected()
	t.Untimed += o.Untimed()
	switch {
	case o.Plan != nil && len(o.Plan.Refusals) > 0:
		t.Refused++
	case errors.Is(o.Err, executor.ErrMaxDuration):
		t.NotBegun++
	case o.Err != nil:
		t.Broken++
	}
	if o.Plan != nil {
		t.Seen += o.Plan.Counts.Seen
		t.New += o.Plan.Counts.New
		t.Changed += o.Plan.Counts.Changed
		t.Moves += o.Plan.Counts.Moved
		t.Retimes += o.Plan.Counts.Retimed
		t.Prunes += o.Plan.Counts.Pruned
		if o.Plan.OverLimit {
			t.HeldBack++
		}
		for _, p := range o.Plan.Problems {
			if p.Files == 0 {
				t.Folders++
			}
		}
	}
	if s := o.Summary; s != nil {
		t.Uploaded += s.Uploaded
		t.Replaced += s.Replaced
		t.Moved += s.Moved
		t.Retimed += s.Retimed
		t.Vanished += s.Vanished
		t.NotTried += s.NotTried
		t.OverTransfer += s.OverTransfer
		t.OverTime += s.OverTime
		t.Deduplicated += s.Deduplicated
		t.Bytes += s.Bytes
	}
	t.addMetadata(o)
	t.Stale += len(o.Stale)
	if o.Partial {
		t.Partial++
	}
	if p := o.Pruning; p != nil {
		t.Pruned += p.Files
		t.Unpruned += p.Failed
	}
}

func (t *Totals) addMetadata(o backup.Outcome) {
	if o.Plan != nil && o.Plan.Metadata != nil && o.Plan.Metadata.Pending {
		t.Manifests++
	}
	if o.ManifestStored {
		t.Stored++
	}
	if o.Unkept() {
		t.Unkept++
	}
}

// Whole reports whether every selected file of every job is known to be in the
// cloud.
func (t *Totals) Whole() bool {
	return t.Unprotected+t.Refused+t.Broken+t.NotBegun+t.Stale+t.Partial+t.Unkept == 0
}

// Good reports whether all that was wanted was done.
func (t *Totals) Good() bool { return t.Whole() && t.HeldBack+t.Unpruned+t.Untimed == 0 }

// Pending returns how many changes the plans have.
func (t *Totals) Pending() int {
	return t.New + t.Changed + t.Moves + t.Retimes + t.Prunes + t.Manifests
}

// RunVerdict is the last line of a run.
func RunVerdict(t Totals) string {
	did := didSentence(t)
	if !t.Good() {
		return strings.Join(append(shortfalls(t), did), ". ") + "."
	}
	all := allSentence(t)
	if t.Pending() == 0 {
		return "Nothing to do: " + all + "."
	}
	return "Done: " + did + "; " + all + "."
}

// PlanVerdict is the last line of a plan.
func PlanVerdict(t Totals) string {
	pending := fmt.Sprintf("%s to upload, %s to replace", number(t.New), number(t.Changed))
	if t.Moves > 0 {
		pending += fmt.Sprintf(", %s to move", number(t.Moves))
	}
	if t.Retimes > 0 {
		pending += fmt.Sprintf(", %s to retime", number(t.Retimes))
	}
	if t.Prunes > 0 {
		pending += fmt.Sprintf(", %s to prune", number(t.Prunes))
	}
	if t.Manifests > 0 {
		pending += fmt.Sprintf(", %s to write", plural(t.Manifests, "manifest"))
	}
	switch {
	case !t.Good():
		return strings.Join(append(shortfalls(t), pending), ". ") + ". Nothing was changed."
	case t.Pending() == 0:
		return "Nothing to do: " + allSentence(t) + "."
	}
	return fmt.Sprintf("Changes pending: %s. Nothing was changed.", pending)
}

// shortfalls says what is not protected and why.
func shortfalls(t Totals) []string {
	var parts []string
	files := t.Unprotected - t.Folders
	switch {
	case files > 0 && t.Folders > 0:
		parts = append(parts, fmt.Sprintf("NOT PROTECTED: %s of %s, and %s", number(files), plural(t.Seen, "file"), plural(t.Folders, "folder")))
	case files > 0:
		parts = append(parts, fmt.Sprintf("NOT PROTECTED: %s of %s", number(files), plural(t.Seen, "file")))
	case t.Folders > 0:
		parts = append(parts, fmt.Sprintf("NOT PROTECTED: %s", plural(t.Folders, "folder")))
	}
	if t.HeldBack > 0 {
		parts = append(parts, "PRUNING HELD BACK in "+plural(t.HeldBack, "job"))
	}
	if t.Unpruned > 0 {
		parts = append(parts, "NOT PRUNED: "+plural(t.Unpruned, "file"))
	}
	if t.Untimed > 0 {
		parts = append(parts, "TIMES NOT SET: "+plural(t.Untimed, "file"))
	}
	if t.Unkept > 0 {
		parts = append(parts, "METADATA NOT KEPT of "+plural(t.Unkept, "job"))
	}
	if t.Stale > 0 {
		parts = append(parts, fmt.Sprintf("STALE: %s of the saved plan", entries(t.Stale)))
	}
	if t.Partial > 0 {
		parts = append(parts, "more is pending than the saved plan has")
	}
	if t.Refused > 0 {
		parts = append(parts, "REFUSED: "+plural(t.Refused, "job")+", nothing of which was changed")
	}
	if t.Broken > 0 {
		parts = append(parts, "BROKEN OFF: "+plural(t.Broken, "job"))
	}
	return append(parts, notTried(t)...)
}

// notTried says what was not begun, and why.
func notTried(t Totals) []string {
	var parts []string
	if n := t.NotTried - t.OverTransfer - t.OverTime; n > 0 {
		parts = append(parts, plural(n, "file")+" not tried")
	}
	if t.OverTransfer > 0 {
		parts = append(parts, plural(t.OverTransfer, "file")+" not tried: --max-transfer reached")
	}
	if t.OverTime > 0 {
		parts = append(parts, plural(t.OverTime, "file")+" not tried: --max-duration reached")
	}
	if t.NotBegun > 0 {
		parts = append(parts, plural(t.NotBegun, "job")+" not begun: --max-duration reached")
	}
	return parts
}

func allSentence(t Totals) string {
	files := t.Seen - t.Vanished
	if files == 1 {
		return fmt.Sprintf("the one file of %s is in the cloud", plural(t.Jobs, "job"))
	}
	return fmt.Sprintf("all %s of %s are in the cloud", plural(files, "file"), plural(t.Jobs, "job"))
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return number(n) + " entries"
}

func didSentence(t Totals) string {
	text := fmt.Sprintf("%s uploaded, %s replaced (%s)", number(t.Uploaded), number(t.Replaced), size(t.Bytes))
	if t.Deduplicated > 0 {
		text += fmt.Sprintf(", %s of them without sending a byte", number(t.Deduplicated))
	}
	if t.Moved > 0 {
		text += fmt.Sprintf(", %s moved", number(t.Moved))
	}
	if t.Retimed > 0 {
		text += fmt.Sprintf(", %s retimed", number(t.Retimed))
	}
	if t.Pruned > 0 {
		text += fmt.Sprintf(", %s pruned", number(t.Pruned))
	}
	if t.Stored > 0 {
		text += fmt.Sprintf(", %s written", plural(t.Stored, "manifest"))
	}
	return text
}
