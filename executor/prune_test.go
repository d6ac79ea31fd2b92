package executor

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// all lets everything be pruned.
var all = planner.Limit{Files: -1, Share: 1}

// pruned runs the job, proves it, and prunes what Prove allows.
func (l *lab) pruned(cloud Pruner) (*planner.Plan, *Pruning, error) {
	l.t.Helper()
	plan := l.plan()
	summary, _, err := applyPlan(l.t.Context(), l.t, plan, l.client, l.options())
	if err != nil || summary.Unprotected() > 0 {
		l.t.Fatalf("run: %+v, %v", summary, err)
	}
	_, pruning, err := planner.Prove(l.t.Context(), plan, summary.Stored, l.client)
	if err != nil {
		l.t.Fatal(err)
	}
	result, err := Prune(l.t.Context(), pruning, cloud, l.options())
	return pruning, result, err
}

func (l *lab) remove(names ...string) {
	l.t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(l.path(name)); err != nil {
			l.t.Fatal(err)
		}
	}
}

func TestPruneRemovesWhatIsGone(t *testing.T) {
	t.Parallel()
	for _, mode := range []planner.PruneMode{planner.PruneTrash, planner.PrunePurge} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.prune = planner.Prune{Mode: mode, Max: all}
			for _, name := range []string{"stays", "goes", "deep/er/goes", "deep/stays", "half/goes", "half/too", "A:b/goes"} {
				l.write(name, "content of "+name)
			}
			l.mustApply()
			l.remove("goes", "deep/er", "half", "A:b")
			_, result, err := l.pruned(l.client)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Pruning{Files: 5, Bytes: result.Bytes, Folders: 3}); *result != want {
				t.Errorf("pruned %+v, want %+v", *result, want)
			}
			l.mustHold(map[string]string{"stays": "content of stays", "deep/stays": "content of deep/stays"})
			purges, trashed := l.requests("rm"), l.requests("dl")
			if mode == planner.PrunePurge && (purges != 5 || trashed != 0) || mode == planner.PruneTrash && (purges != 0 || trashed != 5) {
				t.Errorf("%d files were purged, %d trashed", purges, trashed)
			}
			if l.requests("rmDir") > 0 || l.requests("dlDir") != 3 {
				t.Errorf("%d folders were purged and %d trashed, want 0 and 3", l.requests("rmDir"), l.requests("dlDir"))
			}
			l.mustConverge()
		})
	}
}

// What another device changes or adds between the plan and the pruning stays.
func TestPruneLeavesWhatOthersTouched(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	names := []string{"changed", "folder/changed", "folder/goes", "goes"}
	for _, name := range append(names, "stays") {
		l.write(name, "content of "+name)
	}
	l.mustApply()
	l.remove("changed", "folder", "goes")
	other := func(name, content string) {
		t.Helper()
		if _, err := l.client.Upload(t.Context(), uploadOf(target.Join(name), content)); err != nil {
			t.Fatal(err)
		}
	}
	plan := l.plan()
	other("changed", "by another device") // after the plan
	_, pruning, err := planner.Prove(t.Context(), plan, nil, l.client)
	if err != nil {
		t.Fatal(err)
	}
	if pruning.Counts.Pruned != 3 {
		t.Errorf("%d files may be pruned, want 3: %+v", pruning.Counts.Pruned, pruning.Actions)
	}
	other("folder/changed", "by another device") // after the proof
	other("folder/added", "by another device")
	result, err := Prune(t.Context(), pruning, l.client, l.options())
	if err != nil {
		t.Fatal(err)
	}
	if want := (Pruning{Files: 2, Bytes: result.Bytes, Left: 2}); *result != want {
		t.Errorf("pruned %+v, want %+v", *result, want)
	}
	l.mustHold(map[string]string{
		"stays": "content of stays", "changed": "by another device",
		"folder/changed": "by another device", "folder/added": "by another device",
	})
}

// A file that is new, or that comes back, under the name of one that was to go, is
// not pruned; nor is anything where the proof is not whole.
func TestProveAllowsNoPruning(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	l.write("stays", "content")
	l.write("goes", "content of goes")
	l.mustApply()
	l.remove("goes")
	plan := l.plan()
	if plan.Counts.Pruned != 1 {
		t.Fatalf("planned %+v", plan.Counts)
	}
	if _, pruning, err := planner.Prove(t.Context(), plan, []planner.Stored{{Path: "lost", CloudPath: "lost", Size: 1}}, l.client); err != nil || len(pruning.Actions) > 0 {
		t.Errorf("with a file that is not there: %v, %+v", err, pruning.Actions)
	}
	stored := []planner.Stored{{Path: "GOES", CloudPath: "GOES", Size: 15, MD5: plan.Actions[0].Remote.MD5}}
	if _, pruning, err := planner.Prove(t.Context(), plan, stored, l.client); err != nil || len(pruning.Actions) > 0 {
		t.Errorf("with a file stored under its name: %v, %+v", err, pruning.Actions)
	}
}

func TestPruneStopsAndAccounts(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	l.write("stays", "content")
	for i := range 20 {
		l.write(fmt.Sprintf("goes-%02d", i), fmt.Sprint(i))
	}
	l.mustApply()
	for i := range 20 {
		l.remove(fmt.Sprintf("goes-%02d", i))
	}
	l.server.Inject(emulator.Fault{Route: "dl", Path: "goes-03", Status: 403, Times: 10})
	_, result, err := l.pruned(l.client)
	if err != nil || result.Files != 19 || result.Failed != 1 {
		t.Errorf("with one that fails: %+v, %v", result, err)
	}
	l.server.ClearFaults()
	for i := range 20 {
		l.write(fmt.Sprintf("goes-%02d", i), fmt.Sprint(i))
	}
	l.mustApply()
	for i := range 20 {
		l.remove(fmt.Sprintf("goes-%02d", i))
	}
	_, pruning, err := planner.Prove(t.Context(), l.plan(), nil, l.client)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	options := l.options()
	options.Slots = NewSlots(1)
	options.Observe = func(Event) { cancel(interrupted) } // after the first
	result, err = Prune(ctx, pruning, l.client, options)
	if !errors.Is(err, interrupted) || result.Files != 1 || result.Left != 19 {
		t.Errorf("interrupted after the first: %+v, %v", result, err)
	}
}

// A file with a new path is moved, not sent, and keeps its older versions; what
// cannot be moved is uploaded.
func TestMoves(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	l.write("old/a", "first version")
	l.mustApply()
	l.write("old/a", "the second version")
	l.write("old/b", "another file")
	l.mustApply()
	if err := os.Rename(l.path("old"), l.path("new")); err != nil {
		t.Fatal(err)
	}
	l.server.ResetRequests()
	l.server.Inject(emulator.Fault{Route: "mv", Path: "old/b", Status: 409})
	summary := l.mustApply()
	if summary.Moved != 1 || summary.Uploaded != 1 || summary.SentBytes != 0 {
		t.Errorf("%+v, want one moved, one uploaded, and no byte sent", summary)
	}
	l.mustHold(map[string]string{"new/a": "the second version", "new/b": "another file", "old/b": "another file"})
	l.server.ClearFaults()
	if _, result, err := l.pruned(l.client); err != nil || result.Files != 1 {
		t.Errorf("the next run prunes %+v, %v", result, err)
	}
	l.mustHold(map[string]string{"new/a": "the second version", "new/b": "another file"})
}

// What another device has written to the old path since the plan stays there.
func TestMoveLeavesWhatOthersTouched(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	l.write("old", "content")
	l.mustApply()
	l.remove("old")
	l.write("new", "content")
	plan := l.plan()
	if plan.Counts.Moved != 1 {
		t.Fatalf("planned %+v", plan.Counts)
	}
	if _, err := l.client.Upload(t.Context(), uploadOf(target.Join("old"), "by another device")); err != nil {
		t.Fatal(err)
	}
	if summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options()); err != nil || summary.Moved != 0 || summary.Uploaded != 1 {
		t.Errorf("%+v, %v", summary, err)
	}
	l.mustHold(map[string]string{"new": "content", "old": "by another device"})
}

// A file that changes after it was planned to be moved ends up with what it has.
func TestMovedAndChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.prune = planner.Prune{Mode: planner.PruneTrash, Max: all}
	l.write("old", "content")
	l.mustApply()
	l.remove("old")
	l.write("new", "content")
	plan := l.plan()
	if plan.Counts.Moved != 1 {
		t.Fatalf("planned %+v", plan.Counts)
	}
	l.write("new", "changed")
	if summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options()); err != nil || summary.Unprotected() > 0 {
		t.Errorf("%+v, %v", summary, err)
	}
	l.mustHold(map[string]string{"new": "changed"})
}

func uploadOf(path jotta.Path, content string) jotta.Upload {
	return jotta.Upload{Path: path, Size: int64(len(content)), MD5: md5Of(content), Content: strings.NewReader(content)}
}

func md5Of(content string) jotta.MD5 { return md5.Sum([]byte(content)) }
