package html_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

var made = time.Date(2026, 11, 23, 2, 0, 13, 0, time.UTC)

// samplePlan has so many actions of every kind, spread over folders as in real trees.
func samplePlan(job string, entries int, seed uint64) *planner.Plan {
	random := rand.New(rand.NewPCG(seed, 1))
	plan := &planner.Plan{
		Job: job, Target: jotta.Path("/mybox/backup/" + job), Roots: []planner.Root{{Path: "/mnt/" + job}},
		Counts: planner.Counts{Unchanged: 12031, UnchangedBytes: 48 << 30},
	}
	kinds := []planner.Kind{planner.New, planner.New, planner.New, planner.New, planner.Changed, planner.Changed, planner.Moved, planner.CloudOnly}
	for i := range entries {
		folder := fmt.Sprintf("%s/%d/%s %02d", []string{"2023", "2024", "2025", "2026", "raw", "video/Holidays"}[random.IntN(6)], 1+random.IntN(1+entries/900), []string{"Trip", "Party", "Garden", "Blåbærtur"}[random.IntN(4)], random.IntN(8))
		path := planner.RelPath(fmt.Sprintf("%s/img_%05d.jpg", folder, i))
		size := int64(20_000 + random.ExpFloat64()*4e6)
		a := planner.Action{Kind: kinds[random.IntN(len(kinds))], Path: path, CloudPath: path, Local: &planner.LocalFile{Size: size, Modified: made}, Reason: "new"}
		switch a.Kind {
		case planner.Changed:
			a.Remote, a.Reason = &planner.RemoteFile{Size: size - 17}, fmt.Sprintf("size %d differs (cloud %d)", size, size-17)
			plan.Counts.Changed++
			plan.Counts.ChangedBytes += size
		case planner.Moved:
			a.From, a.Reason = "old/"+path, "moved"
			plan.Counts.Moved++
			plan.Counts.MovedBytes += size
		case planner.CloudOnly:
			a.Local, a.Remote, a.Reason = nil, &planner.RemoteFile{Size: size}, "only in the cloud: kept"
			plan.Counts.CloudOnly++
			plan.Counts.CloudOnlyBytes += size
		default:
			plan.Counts.New++
			plan.Counts.NewBytes += size
		}
		plan.Actions = append(plan.Actions, a)
	}
	plan.Counts.Seen = plan.Counts.Unchanged + plan.Counts.Uploads()
	return plan
}

// hostileNames would do harm in a page that took them for more than text.
var hostileNames = []planner.RelPath{
	`</script><script>document.title="harm"</script>`, `<img src=x onerror=alert(1)>.jpg`, `"><svg onload=alert(1)>/x`,
	"{{.Verdict}}", "`${alert(1)}`", "a&amp;b", "<!--", "]]>", "\u2028line", "bad\xffname", "bidi\u202egpj.exe", "esc\x1b[31m",
}

// planReport is of a plan with problems, hostile names among them.
func planReport(entries int) html.Report {
	plan := samplePlan("pictures", entries, 7)
	for _, name := range hostileNames {
		plan.Actions = append(plan.Actions, planner.Action{Kind: planner.New, Path: name, CloudPath: name, Local: &planner.LocalFile{Size: 5}, Reason: "new"})
		plan.Counts.New++
	}
	plan.Problems = []planner.Problem{
		{Path: "Foo.txt", Twins: []planner.RelPath{"foo.txt"}, Reason: "the same name to JottaCloud; neither is uploaded", Files: 2},
		{Path: "private/keys.db", Reason: "cannot be read: permission denied", Files: 1},
	}
	plan.Notes = []planner.Note{{Path: "fifo", Reason: "not a regular file: left out"}}
	return html.Report{
		Verdict: "NOT PROTECTED: 3 of 13,031 files. 512 to upload, 237 to replace. Nothing was changed.", Made: made, Program: "v1.0.0",
		Jobs: []html.Job{{Name: "pictures", Target: "/mybox/backup/pictures", Outcome: backup.Outcome{Plan: plan}, History: sampleHistory(30)}},
	}
}

// runReport is of a run of two jobs, that went well but for some files.
func runReport(entries int) html.Report {
	first, second := samplePlan("pictures", entries, 3), samplePlan("mail", entries/3, 4)
	outcome := backup.Outcome{Plan: first, Summary: &executor.Summary{
		Pending: first.Counts.Uploads(), Uploaded: first.Counts.New - 3, Replaced: first.Counts.Changed, Moved: first.Counts.Moved, Failed: 3, Bytes: first.Counts.NewBytes + first.Counts.ChangedBytes,
	}}
	for _, a := range first.Actions {
		if a.Kind == planner.Changed {
			outcome.Rewritten = append(outcome.Rewritten, a.Path)
		}
		if a.Kind == planner.New && len(outcome.Undone) < 3 {
			outcome.Undone = append(outcome.Undone, backup.Undone{Path: a.Path, Reason: fmt.Sprintf(`upload %q: allocate: InternalError (server code 500)`, string(a.Path))})
		}
	}
	whole := backup.Outcome{Plan: second, Summary: &executor.Summary{
		Pending: second.Counts.Uploads(), Uploaded: second.Counts.New, Replaced: second.Counts.Changed, Moved: second.Counts.Moved, Bytes: second.Counts.NewBytes + second.Counts.ChangedBytes,
	}, Proof: &planner.Proof{}}
	for _, a := range second.Actions {
		if a.Kind == planner.Changed {
			whole.Rewritten = append(whole.Rewritten, a.Path)
		}
	}
	return html.Report{
		Run: true, Verdict: "NOT PROTECTED: 3 of 13,031 files. 509 uploaded, 237 replaced (3.2 GiB).", Made: made, Program: "v1.0.0",
		Jobs: []html.Job{
			{Name: "pictures", Target: "/mybox/backup/pictures", Outcome: outcome, History: sampleHistory(40)},
			{Name: "mail", Target: "/mybox/backup/mail", Outcome: whole, History: sampleHistory(9)},
		},
	}
}

// quietReport is of a plan with nothing to do.
func quietReport() html.Report {
	plan := samplePlan("pictures", 0, 1)
	return html.Report{
		Verdict: "Nothing to do: all 12,031 files of 1 job are in the cloud.", Good: true, Made: made, Program: "v1.0.0",
		Jobs: []html.Job{{Name: "pictures", Target: "/mybox/backup/pictures", Outcome: backup.Outcome{Plan: plan}}},
	}
}

func sampleHistory(runs int) []state.Record {
	random := rand.New(rand.NewPCG(5, 5))
	var all []state.Record
	for i := range runs {
		started := made.AddDate(0, 0, i-runs)
		r := state.Record{
			Started: started, Ended: started.Add(time.Duration(40+random.IntN(600)) * time.Second), Verdict: state.VerdictProtected,
			Seen: 11000 + 40*i, Bytes: int64(random.ExpFloat64() * 3e8),
		}
		if i%13 == 9 {
			r.Verdict = state.VerdictUnprotected
		}
		all = append(all, r)
	}
	return all
}

func write(t testing.TB, r html.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := html.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
