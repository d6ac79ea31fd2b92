package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

func text(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Files from beyond the year 9999, and of any name, have their place in the document, and
// come back from it.
func TestPlanOfFarTimes(t *testing.T) {
	t.Parallel()
	far := time.Date(12026, 1, 2, 3, 4, 5, 6, time.UTC)
	plan := &planner.Plan{Job: "home", Target: "/mybox/backup/home", Actions: []planner.Action{{
		Kind: planner.Changed, Path: "bad\xff", CloudPath: "bad\xff", Local: &planner.LocalFile{Rel: "bad\xff", Modified: far}, Remote: &planner.RemoteFile{Modified: far},
	}}}
	written := text(t, func(w io.Writer) error { return report.PlanJSON(w, []*planner.Plan{plan}) })
	var back struct{ Plans []*planner.Plan }
	if err := json.Unmarshal([]byte(written), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.Actions, back.Plans[0].Actions); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func TestHistoryDocument(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	runs := []state.Record{{Started: at.AddDate(0, 0, -1)}, {
		Job: "home", Target: "/mybox/backup/home", Started: at, Ended: at.Add(time.Minute), Verdict: state.VerdictUnprotected, Program: "v1", PlanDigest: "1f",
		Seen: 3, Failed: 1, Bytes: 6, Problems: []state.ProblemRecord{{Path: "bad\xff", Reason: "permission denied"}}, ProblemCount: 1, Rewritten: []string{"db"},
	}}
	got := text(t, func(w io.Writer) error { return report.HistoryJSON(w, "home", runs) })
	var document struct {
		Job  string
		Runs []json.RawMessage
	}
	if err := json.Unmarshal([]byte(got), &document); err != nil || document.Job != "home" || len(document.Runs) != 2 {
		t.Fatalf("%v:\n%s", err, got)
	}
	var newest bytes.Buffer
	if err := json.Compact(&newest, document.Runs[0]); err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"run","started":"2026-11-23T02:00:00Z","ended":"2026-11-23T02:01:00Z","verdict":"unprotected","program":"v1","target":"/mybox/backup/home","plan_digest":"1f",` +
		`"seen":3,"unchanged":0,"uploaded":0,"replaced":0,"moved":0,"retimed":0,"pruned":0,"skipped":0,"failed":1,"bytes":6,"rewritten":[{"path":"db"}],"problem_count":1,` +
		`"problems":[{"path":"bad` + "\uFFFD" + `","path_base64":"YmFk/w==","reason":"permission denied"}]}`
	if diff := cmp.Diff(want, newest.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A schema can be had of every document that is named, and of no other.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, name := range report.Documents() {
		schema, err := report.Schema(name)
		if err != nil || !json.Valid(schema) || !bytes.Contains(schema, []byte(`"$ref": "#/$defs/`+name+`"`)) || !bytes.Contains(schema, []byte(`"`+name+`": {`)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := report.Schema("nosuch"); err == nil {
		t.Error("there is a schema of nothing")
	}
}
