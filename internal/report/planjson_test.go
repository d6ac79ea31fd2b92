package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/planner"
)

// What is written action by action is what would be written at once.
func TestPlansAreEncodedLikeAnyDocument(t *testing.T) {
	t.Parallel()
	odd := &planner.Plan{Job: `"actions": [`, Problems: []planner.Problem{{Path: "p", Reason: "\n      \"actions\": [", Files: 1}}}
	odd.Actions = []planner.Action{
		{Kind: planner.New, Path: "bad\xff<&>", CloudPath: "bad\xff<&>", Local: &planner.LocalFile{Rel: "x", Size: 1, Modified: time.Unix(1, 2)}},
		{Kind: planner.CloudOnly, Path: "a\nb", CloudPath: "c", Remote: &planner.RemoteFile{Size: 3}, Excluded: true},
	}
	for name, plans := range map[string][]*planner.Plan{
		"none": {}, "one without actions": {{Job: "a", Actions: []planner.Action{}}},
		"several": {odd, {Job: "b", Actions: []planner.Action{}}, {Job: "null"}, odd},
	} {
		for _, indent := range []string{" ", "  "} {
			document := func(plans []*planner.Plan) any { return planDocument{FormatVersion, plans} }
			var got, want bytes.Buffer
			if err := EncodePlans(&got, plans, indent, document); err != nil {
				t.Fatal(err)
			}
			encoder := json.NewEncoder(&want)
			encoder.SetIndent("", indent)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(document(plans)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.String(), got.String()); diff != "" {
				t.Errorf("%s, indented by %d (-want +got):\n%s", name, len(indent), diff)
			}
		}
	}
}

// pieces notes the largest write.
type pieces struct{ all, largest int }

func (p *pieces) Write(text []byte) (int, error) {
	p.all, p.largest = p.all+len(text), max(p.largest, len(text))
	return len(text), nil
}

func TestPlansAreEncodedInPieces(t *testing.T) {
	t.Parallel()
	plan := &planner.Plan{Job: "many"}
	for i := range 10_000 {
		plan.Actions = append(plan.Actions, planner.Action{Kind: planner.CloudOnly, Path: planner.RelPath(fmt.Sprint(i))})
	}
	var out pieces
	if err := PlanJSON(&out, []*planner.Plan{plan}); err != nil {
		t.Fatal(err)
	}
	if out.largest > 64<<10 || out.all < 1<<20 {
		t.Errorf("%d bytes in pieces of up to %d", out.all, out.largest)
	}
}
