package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/jottarun/jottarun/internal/state"
)

// JobStatus is what is remembered of a job, and what it means now.
type JobStatus struct {
	Job        string
	Target     string
	Protected  bool // the last run was proved, and not too long ago
	Wrong      string
	Warnings   []string     // what does not keep it from being protected, and is worth knowing
	Proof      *state.Proof // the last one on this target
	LastRun    *state.Record
	LastVerify *state.Record
	Damage     *state.Record // the verify that found files damaged in the cloud; nil where they are well
	Selection  string        // digest of what the job is to hold
}

// NewJobStatus judges what is remembered of a job, of which its name, target, selection
// and last proof are given: by the records of its runs, oldest first. A maxAge of 0
// sets no limit.
func NewJobStatus(job JobStatus, runs []state.Record, now time.Time, maxAge time.Duration) JobStatus {
	s := job
	s.Damage = state.Damage(runs)
	runs, s.LastVerify = state.Runs(runs)
	if len(runs) > 0 {
		s.LastRun = &runs[len(runs)-1]
	}
	s.Wrong = s.wrong(now, maxAge)
	s.Protected = s.Wrong == ""
	if v := s.LastVerify; v != nil && v.Verdict != state.VerdictVerified && !s.isDifferent() && v != s.Damage {
		s.Warnings = append(s.Warnings, verifySentence(v))
	}
	if warning := rewrittenOften(runs, now); warning != "" {
		s.Warnings = append(s.Warnings, warning)
	}
	return s
}

func (s JobStatus) wrong(now time.Time, maxAge time.Duration) string {
	switch {
	case s.LastRun == nil:
		return "it has never run"
	case s.Proof == nil:
		return "it has never been proved on this target: " + lastRunSentence(s.LastRun)
	case s.LastRun.Verdict != state.VerdictProtected:
		return lastRunSentence(s.LastRun)
	case s.Damage != nil:
		return damageSentence(s.Job, s.Damage)
	case s.isDifferent():
		return verifySentence(s.LastVerify)
	case s.Proof.Selection != s.Selection:
		return "the jobs file selects other files than when it was proved"
	case s.Proof.Time.After(now.Add(time.Hour)):
		return "its proof is from the future: check the clock"
	case maxAge > 0 && now.Sub(s.Proof.Time) > maxAge:
		return fmt.Sprintf("its proof is older than %v", maxAge)
	}
	return ""
}

// isDifferent reports whether a verify has found, since the last proof, that files here are
// not in the cloud.
func (s JobStatus) isDifferent() bool {
	v := s.LastVerify
	return v != nil && v.Verdict == state.VerdictDifferent && s.Proof != nil && v.Ended.After(s.Proof.Time)
}

func damageSentence(job string, r *state.Record) string {
	return fmt.Sprintf("a verify, %s, found %s damaged in the cloud (see: jottarun history %s); once they are well: jottarun verify %s --download",
		moment(r.Ended), plural(r.Verify.Damaged, "file"), job, job)
}

func lastRunSentence(r *state.Record) string {
	return fmt.Sprintf("its last run, %s, ended %s", moment(r.Ended), r.Verdict) + recordedProblems(r)
}

func verifySentence(r *state.Record) string {
	return fmt.Sprintf("its last verify, %s, ended %s", moment(r.Ended), r.Verdict) + recordedProblems(r)
}

func recordedProblems(r *state.Record) (text string) {
	reason := ""
	if r.ProblemCount > 0 {
		reason = r.Problems[0].Reason
		text += fmt.Sprintf(" with %s, the first %s: %s", plural(r.ProblemCount, "problem"), Quote(r.Problems[0].Path), plain(reason))
	}
	if r.Cause != "" && !strings.HasSuffix(reason, r.Cause) {
		text += ": " + plain(r.Cause)
	}
	return text
}

// ProofAge says when a job was last proved.
func ProofAge(proof *state.Proof, now time.Time) string {
	if proof == nil {
		return "never proved"
	}
	return fmt.Sprintf("last proved %s (%s)", moment(proof.Time), humanize.RelTime(proof.Time, now, "ago", "from now"))
}

// Status writes a line a job, and below it what is wrong.
func Status(w io.Writer, all []JobStatus, now time.Time, style Style) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, s := range all {
		verdict := style.paint(green, "protected")
		if !s.Protected {
			verdict = style.paint(red, "NOT PROTECTED")
		}
		proof := "never proved"
		if s.Proof != nil {
			proof = fmt.Sprintf("%s (%s) proved %s (%s)", plural(s.Proof.Files, "file"), size(s.Proof.Bytes),
				moment(s.Proof.Time), humanize.RelTime(s.Proof.Time, now, "ago", "from now"))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Job, verdict, proof)
		if s.Wrong != "" {
			fmt.Fprintf(table, "\t\t%s\n", s.Wrong)
		}
		for _, warning := range s.Warnings {
			fmt.Fprintf(table, "\t\t%s %s\n", style.paint(yellow, "warning:"), warning)
		}
	}
	return table.Flush()
}

// History writes a line a run, the newest first.
func History(w io.Writer, runs []state.Record) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, r := range slices.Backward(runs) {
		did := fmt.Sprintf("%s uploaded\t%s replaced\t%s pruned\t%s", number(r.Uploaded), number(r.Replaced), number(r.Pruned), size(r.Bytes))
		if r.Kind == state.KindVerify && r.Verify != nil {
			did = verifyColumns(r)
		}
		fmt.Fprintf(table, "%s\t%s\t%s seen\t%s\t%s\n", moment(r.Started), r.Verdict, number(r.Seen), did, r.Ended.Sub(r.Started).Round(time.Millisecond))
		for _, p := range r.Problems {
			fmt.Fprintf(table, "\t%s: %s\n", Quote(p.Path), p.Reason)
		}
	}
	return table.Flush()
}

func moment(t time.Time) string { return t.Local().Format(time.DateTime) }
