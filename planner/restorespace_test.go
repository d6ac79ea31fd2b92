package planner

import (
	"math"
	"strings"
	"testing"
)

// A cloud may say any size: what the sum of some is must not pass for little.
func TestSpaceForSizesThatAreMadeUp(t *testing.T) {
	t.Parallel()
	root := Root{Path: t.TempDir()}
	w := &restoreWalk{plan: &Plan{Roots: []Root{root}}}
	w.spec = RestoreSpec{Roots: []Root{root}, FreeSpace: func(string) (int64, error) { return 1 << 40, nil }}
	for _, name := range []RelPath{"a", "b", "c"} {
		w.plan.Actions = append(w.plan.Actions, Action{
			Kind: Fetched, Path: name, Remote: &RemoteFile{Size: math.MaxInt64},
		})
	}
	refusals := checkSpace(w.spec, w.needs())
	if len(refusals) != 1 || !strings.HasPrefix(refusals[0].Reason, "needs 9223372036854775807 bytes more") {
		t.Errorf("%+v", refusals)
	}
	w.spec.Roots = []Root{root, root}
	if refusals := checkSpace(w.spec, []int64{math.MaxInt64, math.MaxInt64}); len(refusals) != 1 {
		t.Errorf("of two roots on one disk: %+v", refusals)
	}
}
