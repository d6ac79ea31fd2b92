package report

import (
	"cmp"
	"io"
	"time"

	"github.com/jottarun/jottarun/internal/state"
)

// recordJSON is a run as it is remembered.
type recordJSON struct {
	Kind         string        `json:"kind"` // "run" or "verify"
	Verify       *state.Verify `json:"verify,omitempty"`
	Started      time.Time     `json:"started"`
	Ended        time.Time     `json:"ended"`
	Verdict      string        `json:"verdict"`
	Cause        string        `json:"cause,omitempty"` // why the run broke off
	Program      string        `json:"program"`
	Target       string        `json:"target"`
	PlanDigest   string        `json:"plan_digest,omitempty"`
	Seen         int           `json:"seen"`
	Unchanged    int           `json:"unchanged"`
	Uploaded     int           `json:"uploaded"`
	Replaced     int           `json:"replaced"`
	Moved        int           `json:"moved"`
	Retimed      int           `json:"retimed"`
	Pruned       int           `json:"pruned"`
	Skipped      int           `json:"skipped"`
	Failed       int           `json:"failed"`
	Bytes        int64         `json:"bytes"`
	Rewritten    []jsonName    `json:"rewritten"`
	ProblemCount int           `json:"problem_count"`
	Problems     []namedReason `json:"problems"` // the first of them
	Proof        *proofJSON    `json:"proof,omitempty"`
}

// namedReason is a path and what there is to say of it.
type namedReason struct {
	jsonName
	Reason string `json:"reason"`
}

// proofJSON says what was proved to be in the cloud, and when.
type proofJSON struct {
	Time   time.Time `json:"time"`
	Target string    `json:"target"`
	Files  int       `json:"files"`
	Bytes  int64     `json:"bytes"`
}

func newProofJSON(p *state.Proof) *proofJSON {
	if p == nil {
		return nil
	}
	return &proofJSON{p.Time, p.Target, p.Files, p.Bytes}
}

func newRecordJSON(r state.Record) recordJSON {
	document := recordJSON{
		Kind: cmp.Or(r.Kind, "run"), Verify: r.Verify,
		Started: r.Started, Ended: r.Ended, Verdict: r.Verdict, Program: r.Program, Target: r.Target,
		PlanDigest: r.PlanDigest, Cause: r.Cause, Rewritten: []jsonName{},
		Seen: r.Seen, Unchanged: r.Unchanged, Uploaded: r.Uploaded, Replaced: r.Replaced, Moved: r.Moved, Retimed: r.Retimed, Pruned: r.Pruned,
		Skipped: r.Skipped, Failed: r.Failed, Bytes: r.Bytes,
		ProblemCount: r.ProblemCount, Problems: []namedReason{}, Proof: newProofJSON(r.Proof),
	}
	for _, path := range r.Rewritten {
		document.Rewritten = append(document.Rewritten, newJSONName(path))
	}
	for _, p := range r.Problems {
		document.Problems = append(document.Problems, namedReason{newJSONName(p.Path), p.Reason})
	}
	return document
}

// HistoryJSON writes the runs of a job as one JSON document, the newest first.
func HistoryJSON(w io.Writer, job string, runs []state.Record) error {
	document := struct {
		FormatVersion int          `json:"format_version"`
		Job           string       `json:"job"`
		Runs          []recordJSON `json:"runs"`
	}{FormatVersion, job, []recordJSON{}}
	for i := len(runs) - 1; i >= 0; i-- {
		document.Runs = append(document.Runs, newRecordJSON(runs[i]))
	}
	return writeJSON(w, document)
}

type statusJSON struct {
	Job       string      `json:"job"`
	Target    string      `json:"target"`
	Protected bool        `json:"protected"`
	Wrong     string      `json:"wrong,omitempty"`
	Warnings  []string    `json:"warnings"`
	Proof     *proofJSON  `json:"proof,omitempty"`
	LastRun   *recordJSON `json:"last_run,omitempty"`

	LastVerify *recordJSON `json:"last_verify,omitempty"`
}

// StatusJSON writes what is known of jobs as one JSON document.
func StatusJSON(w io.Writer, all []JobStatus) error {
	document := struct {
		FormatVersion int          `json:"format_version"`
		Jobs          []statusJSON `json:"jobs"`
	}{FormatVersion, []statusJSON{}}
	for _, s := range all {
		job := statusJSON{
			Job: s.Job, Target: s.Target, Protected: s.Protected, Wrong: s.Wrong,
			Warnings: append([]string{}, s.Warnings...), Proof: newProofJSON(s.Proof),
		}
		if s.LastRun != nil {
			last := newRecordJSON(*s.LastRun)
			job.LastRun = &last
		}
		if s.LastVerify != nil {
			last := newRecordJSON(*s.LastVerify)
			job.LastVerify = &last
		}
		document.Jobs = append(document.Jobs, job)
	}
	return writeJSON(w, document)
}
