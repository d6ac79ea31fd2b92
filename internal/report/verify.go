package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// VerifiedJob is a job and what came of its verify.
type VerifiedJob struct {
	Job      string
	Scrutiny backup.Scrutiny
	backup.Verified
}

// Verify writes what differs, one line a file, and the counts.
func Verify(w io.Writer, v VerifiedJob, style Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s", style.paint(bold, "job "+name(planner.RelPath(v.Job))))
	if v.Plan != nil {
		fmt.Fprintf(out, "   %s", route(v.Plan))
	}
	fmt.Fprintln(out)
	if v.Plan != nil {
		for _, r := range v.Plan.Refusals {
			fmt.Fprintf(out, "  %s %s\n", style.paint(red, "!"), refusal(v.Plan, r))
		}
	}
	lines := make([]line, len(v.Differences))
	for i, d := range v.Differences {
		lines[i] = line{"!", red, d.Path, name(d.Path), "", d.Reason}
	}
	column := nameColumn(lines)
	for _, l := range lines {
		l.write(out, column, style)
	}
	if v.Plan != nil && v.Plan.Check() == nil {
		fmt.Fprintln(out, verifyCounts(v))
	}
	return out.Flush()
}

// verifyCounts is a verify in one sentence.
func verifyCounts(v VerifiedJob) string {
	c := v.Plan.Counts
	parts := []string{fmt.Sprintf("%s as in the cloud, of which every byte was read (%s)", plural(c.Unchanged, "file"), size(c.UnchangedBytes))}
	if v.Downloads != nil {
		parts = append(parts, fmt.Sprintf("%s read back from the cloud (%s)", number(v.Downloads.Fetched), size(v.Downloads.Bytes)))
	}
	if n := len(v.Differences); n > 0 {
		parts = append(parts, plural(n, "difference"))
	}
	if c.Unread > 0 {
		parts = append(parts, number(c.Unread)+" not read")
	}
	if c.CloudOnly > 0 {
		parts = append(parts, number(c.CloudOnly)+" only in the cloud")
	}
	text := "Verify: " + strings.Join(parts, ", ") + "."
	if v.Scrutiny.Sampled {
		text += fmt.Sprintf(" A random part was read; the same again with --seed %d.", v.Scrutiny.Seed)
	}
	return text
}

// VerifyVerdict is the last line of a verify.
func VerifyVerdict(jobs []VerifiedJob) string {
	var checked, different, damaged, refused, broken int
	for _, v := range jobs {
		different += len(v.Differences) - v.Damaged()
		damaged += v.Damaged()
		switch {
		case v.Plan != nil && v.Plan.Check() != nil:
			refused++
		case v.Err != nil:
			broken++
		}
		if v.Plan != nil {
			checked += v.Plan.Counts.Unchanged
		}
	}
	var parts []string
	if different > 0 {
		parts = append(parts, "DIFFERENT: "+plural(different, "file"))
	}
	if damaged > 0 {
		parts = append(parts, "DAMAGED IN THE CLOUD: "+plural(damaged, "file"))
	}
	if refused > 0 {
		parts = append(parts, "REFUSED: "+plural(refused, "job"))
	}
	if broken > 0 {
		parts = append(parts, "BROKEN OFF: "+plural(broken, "job"))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("Verified: %s of %s, byte by byte.", plural(checked, "file"), plural(len(jobs), "job"))
	}
	return strings.Join(append(parts, plural(checked, "file")+" verified"), ". ") + "."
}

// verifyColumns are what the history says of a verify.
func verifyColumns(r state.Record) string {
	downloaded := ""
	if r.Verify.Downloaded {
		downloaded = fmt.Sprintf("%s read back", number(r.Verify.DownloadedFiles))
	}
	return fmt.Sprintf("%s verified\t%s\t%s\t%s", number(r.Unchanged), plural(r.ProblemCount, "difference"), downloaded, size(r.Verify.Bytes))
}

type verifyJSON struct {
	Job         string            `json:"job"`
	Target      string            `json:"target,omitempty"`
	Sampled     bool              `json:"sampled"`
	Seed        uint64            `json:"seed,omitempty"`
	Counts      *planner.Counts   `json:"counts,omitempty"`
	Refusals    []planner.Refusal `json:"refusals,omitempty"`
	Files       int               `json:"downloaded_files,omitempty"`
	Bytes       int64             `json:"downloaded_bytes,omitempty"`
	Differences []differenceJSON  `json:"differences"`
	Error       string            `json:"error,omitempty"`
}

type differenceJSON struct {
	namedReason
	Damaged bool `json:"damaged"`
}

// VerifyJSON writes what came of a verify as one JSON document.
func VerifyJSON(w io.Writer, jobs []VerifiedJob) error {
	document := struct {
		FormatVersion int          `json:"format_version"`
		Jobs          []verifyJSON `json:"jobs"`
		Text          string       `json:"text"`
	}{FormatVersion, []verifyJSON{}, VerifyVerdict(jobs)}
	for _, v := range jobs {
		document.Jobs = append(document.Jobs, newVerifyJSON(v))
	}
	return writeJSON(w, document)
}

func newVerifyJSON(v VerifiedJob) verifyJSON {
	job := verifyJSON{Job: v.Job, Sampled: v.Scrutiny.Sampled, Seed: v.Scrutiny.Seed, Differences: []differenceJSON{}}
	if v.Plan != nil {
		job.Target, job.Counts, job.Refusals = string(v.Plan.Target), &v.Plan.Counts, v.Plan.Refusals
	}
	if s := v.Downloads; s != nil {
		job.Files, job.Bytes = s.Fetched, s.Bytes
	}
	for _, d := range v.Differences {
		job.Differences = append(job.Differences, differenceJSON{namedReason{newJSONName(string(d.Path)), d.Reason}, d.Damaged})
	}
	if v.Err != nil {
		job.Error = v.Err.Error()
	}
	return job
}
