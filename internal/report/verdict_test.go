package report

import (
	"errors"
	"testing"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/planner"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	plan := func(c planner.Counts, problems ...planner.Problem) *planner.Plan {
		return &planner.Plan{Counts: c, Problems: problems}
	}
	refused := &planner.Plan{Refusals: []planner.Refusal{{Root: "/data", Reason: "does not exist"}}}
	tests := []struct {
		name     string
		outcomes []backup.Outcome
		run      string
		plan     string
	}{
		{
			"in sync", []backup.Outcome{{Plan: plan(planner.Counts{Seen: 1200, Unchanged: 1200})}},
			"Nothing to do: all 1,200 files of 1 job are in the cloud.",
			"Nothing to do: all 1,200 files of 1 job are in the cloud.",
		},
		{
			"one file", []backup.Outcome{{Plan: plan(planner.Counts{Seen: 1, Unchanged: 1})}},
			"Nothing to do: the one file of 1 job is in the cloud.",
			"Nothing to do: the one file of 1 job is in the cloud.",
		},
		{
			"times", []backup.Outcome{{
				Plan:    plan(planner.Counts{Seen: 5, Unchanged: 2, Retimed: 3}),
				Summary: &executor.Summary{Pending: 3, Retimed: 3},
			}},
			"Done: 0 uploaded, 0 replaced (0 B), 3 retimed; all 5 files of 1 job are in the cloud.",
			"Changes pending: 0 to upload, 0 to replace, 3 to retime. Nothing was changed.",
		},
		{
			"times that were not set", []backup.Outcome{{
				Plan:    plan(planner.Counts{Seen: 4, Retimed: 4}),
				Summary: &executor.Summary{Pending: 4, Retimed: 2, Failed: 1, Skipped: 1, Untimed: 2, NoTimes: 1},
			}},
			"TIMES NOT SET: 1 file. 0 uploaded, 0 replaced (0 B), 2 retimed.",
			"TIMES NOT SET: 1 file. 0 to upload, 0 to replace, 4 to retime. Nothing was changed.",
		},
		{
			"changes", []backup.Outcome{{
				Plan:    plan(planner.Counts{Seen: 5, Unchanged: 2, New: 2, Changed: 1}),
				Summary: &executor.Summary{Pending: 3, Uploaded: 2, Replaced: 1, Deduplicated: 1, Bytes: 2048},
			}},
			"Done: 2 uploaded, 1 replaced (2.0 KiB), 1 of them without sending a byte; all 5 files of 1 job are in the cloud.",
			"Changes pending: 2 to upload, 1 to replace. Nothing was changed.",
		},
		{
			"problems", []backup.Outcome{{Plan: plan(planner.Counts{Seen: 3, Unchanged: 1}, planner.Problem{Files: 2})}},
			"NOT PROTECTED: 2 of 3 files. 0 uploaded, 0 replaced (0 B).",
			"NOT PROTECTED: 2 of 3 files. 0 to upload, 0 to replace. Nothing was changed.",
		},
		{
			"a folder that cannot be read", []backup.Outcome{{Plan: plan(planner.Counts{Seen: 3, Unchanged: 2}, planner.Problem{Files: 1}, planner.Problem{})}},
			"NOT PROTECTED: 1 of 3 files, and 1 folder. 0 uploaded, 0 replaced (0 B).",
			"NOT PROTECTED: 1 of 3 files, and 1 folder. 0 to upload, 0 to replace. Nothing was changed.",
		},
		{
			"ended by what it may do", []backup.Outcome{{
				Plan:    plan(planner.Counts{Seen: 1600, Unchanged: 100, New: 1500}),
				Summary: &executor.Summary{Pending: 1500, Uploaded: 188, NotTried: 1312, OverTransfer: 1200, OverTime: 110},
			}, {Err: executor.ErrMaxDuration}},
			"NOT PROTECTED: 1,312 of 1,600 files. 2 files not tried. 1,200 files not tried: --max-transfer reached. " +
				"110 files not tried: --max-duration reached. 1 job not begun: --max-duration reached. 188 uploaded, 0 replaced (0 B).",
			"",
		},
		{
			"refused and broken off", []backup.Outcome{{Plan: refused}, {Err: errors.New("no network")}},
			"REFUSED: 1 job, nothing of which was changed. BROKEN OFF: 1 job. 0 uploaded, 0 replaced (0 B).",
			"REFUSED: 1 job, nothing of which was changed. BROKEN OFF: 1 job. 0 to upload, 0 to replace. Nothing was changed.",
		},
	}
	for _, tt := range tests {
		var totals Totals
		for _, o := range tt.outcomes {
			totals.Add(o)
		}
		if got := RunVerdict(totals); got != tt.run {
			t.Errorf("%s: the run's verdict is %q, want %q", tt.name, got, tt.run)
		}
		if got := PlanVerdict(totals); got != tt.plan && tt.plan != "" {
			t.Errorf("%s: the plan's verdict is %q, want %q", tt.name, got, tt.plan)
		}
	}
}
