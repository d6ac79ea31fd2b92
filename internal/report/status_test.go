package report

import (
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/state"
)

// What broke a run off is often what became of its first file, too: it is said once, and
// steers no terminal.
func TestTheCauseOfARunIsSaidOnce(t *testing.T) {
	t.Parallel()
	run := &state.Record{
		Verdict: state.VerdictBrokenOff, Cause: "interrupted: \x1bterminated", ProblemCount: 1,
		Problems: []state.ProblemRecord{{Path: "a", Reason: `upload "a": interrupted: ` + "\x1bterminated"}},
	}
	if got := lastRunSentence(run); strings.Count(got, "interrupted") != 1 || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	run.Problems[0].Reason = "permission denied"
	if got := lastRunSentence(run); strings.Count(got, "interrupted") != 1 {
		t.Errorf("another cause: %q", got)
	}
}
