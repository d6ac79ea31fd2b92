package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

func TestStream(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	plan := &planner.Plan{
		Job: "home", Target: "/mybox/backup/home", Counts: planner.Counts{Seen: 2, New: 2},
		Actions: []planner.Action{
			{Kind: planner.New, Path: "a<b>.txt", Local: &planner.LocalFile{Size: 6}},
			{Kind: planner.New, Path: "bad\xff\x1b", Local: &planner.LocalFile{Size: 1}},
		},
		Problems: []planner.Problem{{Path: "Foo", Twins: []planner.RelPath{"foo\xfe"}, Reason: "twins", Files: 2}},
	}
	var out bytes.Buffer
	s := report.NewStream(&out, "v1", func() time.Time { return now })
	s.Begun(report.Start{Job: "home", Target: "/mybox/backup/home", Proof: &state.Proof{Time: now.Add(-time.Hour), Target: "/mybox/backup/home", Files: 3}})
	s.Planned(plan)
	tell := s.Uploading(plan)
	tell(executor.Event{Type: executor.Started, Action: &plan.Actions[0]})
	tell(executor.Event{Type: executor.Sent, Action: &plan.Actions[0], Bytes: 6})
	tell(executor.Event{Type: executor.Done, Action: &plan.Actions[0], Bytes: 6, Note: "grew"})
	tell(executor.Event{Type: executor.Skipped, Action: &plan.Actions[1], Err: fmt.Errorf("%w: over", executor.ErrNotTried)})
	tell(executor.Event{Type: executor.Finished, Summary: &executor.Summary{Pending: 2, Uploaded: 1, Bytes: 6}})
	s.Proved(plan, &planner.Proof{Files: 1, Bytes: 6})
	outcome := backup.Outcome{Plan: plan, Err: errors.New("no network")}
	s.Ended("home", outcome)
	var totals report.Totals
	totals.Add(outcome)
	s.Conclude(totals)
	if err := s.End(75, nil); err != nil {
		t.Fatal(err)
	}
	const at = `"time":"2026-11-23T02:00:00Z"`
	want := `{"type":"version",` + at + `,"format_version":1,"program":"v1"}
{"type":"begun",` + at + `,"job":"home","target":"/mybox/backup/home","proof":{"time":"2026-11-23T01:00:00Z","target":"/mybox/backup/home","files":3,"bytes":0}}
{"type":"planned",` + at + `,"job":"home","target":"/mybox/backup/home","counts":{"seen":2,"unchanged":0,"unchanged_bytes":0,"new":2,"new_bytes":0,"changed":0,"changed_bytes":0,"moved":0,"moved_bytes":0,"pruned":0,"pruned_bytes":0,"cloud_only":0,"cloud_only_bytes":0,"excluded":0,"read_bytes":0,"cached_bytes":0},"refusals":[]}
{"type":"problem",` + at + `,"job":"home","path":"Foo","reason":"twins","twins":[{"path":"foo` + "\uFFFD" + `","path_base64":"Zm9v/g=="}],"files":2}
{"type":"started",` + at + `,"job":"home","kind":"new","path":"a<b>.txt","bytes":0}
{"type":"done",` + at + `,"job":"home","kind":"new","path":"a<b>.txt","bytes":6,"note":"grew"}
{"type":"skipped",` + at + `,"job":"home","kind":"new","path":"bad` + "\uFFFD" + `\u001b","path_base64":"YmFk/xs=","bytes":0,"error":"not tried: over","not_tried":true}
{"type":"uploaded",` + at + `,"job":"home","pending":2,"uploaded":1,"replaced":0,"moved":0,"retimed":0,"skipped":0,"vanished":0,"not_tried":0,"failed":0,"deduplicated":0,"bytes":6,"sent_bytes":0}
{"type":"proved",` + at + `,"job":"home","files":1,"bytes":6,"missing":0}
{"type":"ended",` + at + `,"job":"home","verdict":"broken off","unprotected":2,"error":"no network"}
{"type":"verdict",` + at + `,"exit_code":75,"text":"NOT PROTECTED: 2 of 2 files. BROKEN OFF: 1 job. 0 uploaded, 0 replaced (0 B).","totals":{"jobs":1,"refused":0,"broken_off":1,"seen":2,"unprotected":2,"uploaded":0,"replaced":0,"moved":0,"retimed":0,"not_retimed":0,"pruned":0,"not_pruned":0,"not_tried":0,"stale":0,"bytes":0}}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
