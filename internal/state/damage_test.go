package state_test

import (
	"testing"

	"github.com/jottarun/jottarun/internal/state"
)

// Damage in the cloud is forgotten only when every byte there has been found well.
func TestDamage(t *testing.T) {
	t.Parallel()
	run := state.Record{Verdict: state.VerdictProtected}
	verify := func(verdict string, v state.Verify) state.Record {
		return state.Record{Kind: state.KindVerify, Verdict: verdict, Verify: &v}
	}
	bad := verify(state.VerdictDifferent, state.Verify{Downloaded: true, Sampled: true, Damaged: 2})
	for name, tt := range map[string]struct {
		after []state.Record
		still bool
	}{
		"nothing":           {nil, true},
		"a run":             {[]state.Record{run}, true},
		"here only":         {[]state.Record{verify(state.VerdictVerified, state.Verify{})}, true},
		"a sample":          {[]state.Record{verify(state.VerdictVerified, state.Verify{Downloaded: true, Sampled: true})}, true},
		"broken off":        {[]state.Record{verify(state.VerdictBrokenOff, state.Verify{Downloaded: true})}, true},
		"whole":             {[]state.Record{verify(state.VerdictVerified, state.Verify{Downloaded: true})}, false},
		"whole, then a run": {[]state.Record{verify(state.VerdictVerified, state.Verify{Downloaded: true}), run}, false},
	} {
		found := state.Damage(append([]state.Record{run, bad}, tt.after...))
		if still := found != nil && found.Verify.Damaged == 2; still != tt.still {
			t.Errorf("after %s: %+v", name, found)
		}
	}
	if found := state.Damage([]state.Record{run, verify(state.VerdictDifferent, state.Verify{Downloaded: true})}); found != nil {
		t.Errorf("files that differ are damage: %+v", found)
	}
}
