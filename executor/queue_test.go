package executor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/planner"
)

// planOf is a plan of new files, in this order, named by size: "9" is of 9 MiB, "0.a"
// a small one.
func planOf(files string) *planner.Plan {
	plan := &planner.Plan{}
	for name := range strings.FieldsSeq(files) {
		var mib int64
		fmt.Sscan(strings.TrimSuffix(name, ".a"), &mib)
		plan.Actions = append(plan.Actions, planner.Action{
			Kind: planner.New, Path: planner.RelPath(name), Local: &planner.LocalFile{Size: mib << 20},
		})
	}
	return plan
}

// Big files are begun early, the biggest first, on up to half of the slots; small ones,
// in the order of the plan, fill the others, and each kind takes all when the other is
// done.
func TestTheOrderOfUploads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slots int
		plan  string
		steps string // "+name" is begun, "-name" ends
	}{
		{1, "0.b 5 4 9 0.a", "+9 -9 +5 -5 +0.b -0.b +4 -4 +0.a"},
		{4, "0.b 5 0.a 9 6 7 0.c", "+9 +7 +0.b +0.a -0.b +0.c -9 +6 -0.a +5"},
		{4, "5 6 7 8 9", "+9 +8 +7 +6 -7 +5"},
		{3, "0.1 0.2 0.3", "+0.1 +0.2 +0.3"},
		{2, "", ""},
	} {
		q := newQueue(planOf(c.plan), planner.Kind.Uploads)
		begun := map[string]*planner.Action{}
		for step := range strings.FieldsSeq(c.steps) {
			name := step[1:]
			if step[0] == '-' {
				q.ended(begun[name])
				continue
			}
			action := q.next(c.slots)
			if action == nil || string(action.Path) != name {
				t.Fatalf("%d slots, %q: at %s, %+v is begun", c.slots, c.plan, step, action)
			}
			begun[name] = action
		}
		if action := q.next(c.slots); action != nil || len(begun) != len(strings.Fields(c.plan)) {
			t.Errorf("%d slots, %q: %d were begun, and then %+v", c.slots, c.plan, len(begun), action)
		}
	}
}

// What moves or removes a file costs the same whatever its size, and keeps its place:
// a folder is removed after what was in it.
func TestOnlyUploadsAreBig(t *testing.T) {
	t.Parallel()
	plan := planOf("0.a 9 0.b")
	for i := range plan.Actions {
		plan.Actions[i].Kind = planner.Moved
	}
	q := newQueue(plan, planner.Kind.Uploads)
	for _, want := range []planner.RelPath{"0.a", "9", "0.b"} {
		if action := q.next(4); action.Path != want {
			t.Errorf("%q is begun instead of %q", action.Path, want)
		}
	}
}
