package report

import (
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/planner"
)

// Outcome is what came of one job: its plan, and what was done about it.
type Outcome struct {
	Plan    *planner.Plan // nil where none could be made
	Summary *executor.Summary
	Proof   *planner.Proof // nil where nothing had to change, or the run broke off
	Err     error
}

// Totals add up the outcomes of all jobs.
type Totals struct {
	Jobs, Refused, Broken                         int // Broken: ended by an error
	Seen, Unprotected, Uploaded, Replaced, Failed int
	Vanished, Deduplicated, NotTried, Problems    int
	Unproved                                      int // answered as stored, but not listed so afterwards
	New, Changed                                  int // pending in the plans
	Bytes                                         int64
}

// Add counts an outcome.
func (t *Totals) Add(o Outcome) {
	t.Jobs++
	switch {
	case o.Plan != nil && len(o.Plan.Refusals) > 0:
		t.Refused++
	case o.Err != nil:
		t.Broken++
	}
	if o.Plan != nil {
		t.Seen += o.Plan.Counts.Seen
		t.New += o.Plan.Counts.New
		t.Changed += o.Plan.Counts.Changed
		t.Problems += ProblemCount(o.Plan)
		t.Unprotected += ProblemCount(o.Plan)
	}
	if s := o.Summary; s != nil {
		t.Unprotected += s.Unprotected()
		t.Uploaded += s.Uploaded
		t.Replaced += s.Replaced
		t.Failed += s.Failed
		t.Vanished += s.Vanished
		t.NotTried += s.NotTried
		t.Deduplicated += s.Deduplicated
		t.Bytes += s.Bytes
	}
	if o.Proof != nil {
		t.Unproved += len(o.Proof.Missing)
		t.Unprotected += len(o.Proof.Missing)
	}
}

// Whole reports whether every selected file of every job is known to be in the
// cloud.
func (t *Totals) Whole() bool { return t.Unprotected+t.Refused+t.Broken == 0 }

// RunVerdict is the last line of a run.
func RunVerdict(t Totals) string {
	did := didSentence(t)
	if !t.Whole() {
		return strings.Join(append(shortfalls(t), did), ". ") + "."
	}
	all := allSentence(t)
	if t.New+t.Changed == 0 {
		return "Nothing to do: " + all + "."
	}
	return "Done: " + did + "; " + all + "."
}

// PlanVerdict is the last line of a plan.
func PlanVerdict(t Totals) string {
	pending := fmt.Sprintf("%s to upload, %s to replace", number(t.New), number(t.Changed))
	switch {
	case !t.Whole():
		return strings.Join(append(shortfalls(t), pending), ". ") + ". Nothing was changed."
	case t.New+t.Changed == 0:
		return "Nothing to do: " + allSentence(t) + "."
	}
	return fmt.Sprintf("Changes pending: %s. Nothing was changed.", pending)
}

// shortfalls says what is not protected and why.
func shortfalls(t Totals) []string {
	var parts []string
	if t.Unprotected > 0 {
		parts = append(parts, fmt.Sprintf("NOT PROTECTED: %s of %s", number(t.Unprotected), plural(max(t.Seen, t.Unprotected), "file")))
	}
	if t.Refused > 0 {
		parts = append(parts, "REFUSED: "+plural(t.Refused, "job")+", nothing of which was changed")
	}
	if t.Broken > 0 {
		parts = append(parts, "BROKEN OFF: "+plural(t.Broken, "job"))
	}
	if t.NotTried > 0 {
		parts = append(parts, plural(t.NotTried, "file")+" not tried")
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

func didSentence(t Totals) string {
	text := fmt.Sprintf("%s uploaded, %s replaced (%s)", number(t.Uploaded), number(t.Replaced), size(t.Bytes))
	if t.Deduplicated > 0 {
		text += fmt.Sprintf(", %s of them without sending a byte", number(t.Deduplicated))
	}
	return text
}
