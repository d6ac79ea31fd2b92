package executor

import (
	"testing"
	"time"

	"github.com/jottarun/jottarun/planner"
)

// A file that another device has written once more, with the very same content, is not
// the one that was planned to go.
func TestPruneLeavesWhatWasWrittenOnceMore(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	content := map[string]string{"after the plan": "1", "after the proof": "2", "stays": "3"}
	for name, text := range content {
		l.write(name, text)
	}
	l.mustApply()
	l.remove("after the plan", "after the proof")
	again := func(name string) {
		t.Helper()
		upload := uploadOf(target.Join(name), content[name])
		upload.Modified = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
		if _, err := l.client.Upload(t.Context(), upload); err != nil {
			t.Fatal(err)
		}
	}
	plan := l.plan()
	again("after the plan")
	_, pruning, err := planner.Prove(t.Context(), plan, nil, l.client)
	if err != nil {
		t.Fatal(err)
	}
	if pruning.Counts.Pruned != 1 {
		t.Errorf("%d files may be pruned, want 1", pruning.Counts.Pruned)
	}
	again("after the proof")
	if result, err := Prune(t.Context(), pruning, l.client, l.options()); err != nil || result.Files != 0 || result.Left != 1 {
		t.Errorf("pruned %+v, %v", result, err)
	}
	l.mustHold(content)
}
