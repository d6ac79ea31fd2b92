package html

import (
	"testing"

	"github.com/jottarun/jottarun/internal/state"
)

// What a verify has read is no run, good or bad.
func TestChartsAreOfRuns(t *testing.T) {
	t.Parallel()
	history := []state.Record{
		{Verdict: state.VerdictProtected, Seen: 3},
		{Kind: state.KindVerify, Verdict: state.VerdictVerified, Seen: 3},
		{Verdict: state.VerdictUnprotected, Seen: 4},
	}
	for _, c := range charts(history) {
		if len(c.Bars) != 2 || c.Bars[0].Mood != "good" || c.Bars[1].Mood != "bad" {
			t.Errorf("%s: %+v", c.Title, c.Bars)
		}
	}
	if c := charts(history[:2]); c != nil {
		t.Errorf("one run is compared with nothing: %+v", c)
	}
}
