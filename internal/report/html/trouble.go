package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/report"
)

// trouble is what several files have in common that are not protected, and what to do
// about it.
type trouble struct {
	Reason, Advice string
	Job            string
	Count          string
	Names          []string // the first of them
	More           int
	Search         string // how the list is to be filtered
	files          int
}

const fewNames = 5

// troubles puts first what concerns most: refused jobs, then problems by how many files
// have them.
func troubles(r Report) []trouble {
	var refused, others []trouble
	for _, job := range r.Jobs {
		if job.Outcome.Plan != nil {
			refused = append(refused, refusals(job)...)
		}
		others = append(others, groups(r, job)...)
	}
	return append(refused, others...)
}

func refusals(job Job) []trouble {
	var all []trouble
	for _, refusal := range job.Outcome.Plan.Refusals {
		t := trouble{Reason: "The job was refused: its root " + refusal.Reason, Job: job.Name, Names: []string{report.Name(refusal.Root)}}
		t.Advice = "Nothing of it was changed. Bring the root back, or correct the jobs file."
		if refusal.Acceptable {
			t.Advice = "Nothing of it was changed. Is the disk mounted? If this is meant, run: jottarun run " + job.Name + " --accept-empty-root"
		}
		all = append(all, t)
	}
	return all
}

// groups joins the problems of a job that have the same reason.
func groups(r Report, job Job) []trouble {
	d := &data{folders: map[string]int{}, reasons: map[string]int{}}
	d.addJob(0, job, r.Run)
	found := map[string]*trouble{}
	var all []*trouble
	for _, row := range d.Rows {
		if row.kind != problem {
			continue
		}
		reason := general(d.Reasons[row.reason])
		t := found[reason]
		if t == nil {
			t = &trouble{Reason: reason, Advice: advice(reason), Job: job.Name, Search: "kind=problem"}
			found[reason] = t
			all = append(all, t)
		}
		t.files++
		if len(t.Names) < fewNames {
			t.Names = append(t.Names, d.Folders[row.folder]+row.name)
		}
	}
	slices.SortStableFunc(all, func(a, b *trouble) int { return cmp.Compare(b.files, a.files) })
	list := make([]trouble, len(all))
	for i, t := range all {
		t.Count, t.More = report.Plural(t.files, "name"), t.files-len(t.Names)
		list[i] = *t
	}
	return list
}

// general leaves out of a reason what is about one file only: what is quoted, and what is
// in parentheses.
func general(reason string) string {
	var out strings.Builder
	quoted := false
	for _, r := range reason {
		switch {
		case r == '"':
			if quoted = !quoted; quoted {
				out.WriteString("…")
			}
		case !quoted:
			out.WriteRune(r)
		}
	}
	text := out.String()
	if open := strings.Index(text, " (size "); open >= 0 {
		if end := strings.IndexByte(text[open:], ')'); end >= 0 {
			text = text[:open] + text[open+end+1:]
		}
	}
	return text
}

// advice says what to do about a problem, where that is known.
func advice(reason string) string {
	for _, known := range []struct{ part, advice string }{
		{"the same name to JottaCloud", "Rename all but one of them, or let the job do it: collisions: rename"},
		{"permission denied", "Let the user that jottarun runs as read it, or exclude it."},
		{"operation not permitted", "Let the user that jottarun runs as read it, or exclude it."},
		{"its content changed, but its times and size did not", "Check the disk. If the change is meant, run again with --accept-changed."},
		{"changed while being", "It is tried again with the next run. What is always being written to wants a snapshot or a dump."},
		{"not in the cloud's listing", "Run again."},
		{"quota", "Make room in the account, or exclude more."},
		{"no space", "Make room in the account, or exclude more."},
		{"sign", "Run: jottarun login"},
		{"name is too long", "Give it a shorter name, or exclude it."},
		{"unreachable", "It is tried again with the next run."},
		{"input/output error", "Check the disk: the system cannot read it."},
		{"a folder", "Rename one of the two: here it is a file and in the cloud a folder, or the other way round."},
	} {
		if strings.Contains(reason, known.part) {
			return known.advice
		}
	}
	return "It is tried again with the next run."
}
