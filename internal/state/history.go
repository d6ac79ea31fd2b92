package state

import (
	"fmt"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// Record is what is remembered of one run of a job, or of one verify.
type Record struct {
	Version int `json:"-"` // of the format; Append sets it

	Kind   string  `json:"kind,omitempty"`   // "" of a run, or KindVerify
	Verify *Verify `json:"verify,omitempty"` // of a verify only

	Job     string    `json:"job"`
	Target  string    `json:"target"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Verdict string    `json:"verdict"`
	Cause   string    `json:"cause,omitempty"` // why the run broke off

	PlanDigest string `json:"plan_digest,omitempty"` // of equal plans it is the same

	Seen      int   `json:"seen"`
	Unchanged int   `json:"unchanged"`
	Uploaded  int   `json:"uploaded"`
	Replaced  int   `json:"replaced"`
	Moved     int   `json:"moved"`
	Retimed   int   `json:"retimed,omitempty"`
	Pruned    int   `json:"pruned"`
	Skipped   int   `json:"skipped"`
	Failed    int   `json:"failed"`
	Bytes     int64 `json:"bytes"` // sent

	// Problems are the first of the ProblemCount that the run had. Append counts those
	// that are given, and keeps what there is room for.
	Problems     []ProblemRecord `json:"problems,omitempty"`
	ProblemCount int             `json:"problem_count,omitempty"`

	// Rewritten are files whose content was replaced: the first of them.
	Rewritten []string `json:"rewritten,omitempty"`

	Proof   *Proof `json:"proof,omitempty"` // nil where the run gave none
	Program string `json:"program"`         // the version of jottarun
}

// KindVerify is the kind of a record that is of no run but of a verify. Of its numbers only
// Seen, Unchanged and the problems say something.
const KindVerify = "verify"

// Verify is what a verify read.
type Verify struct {
	Sampled         bool   `json:"sampled,omitempty"` // only a random part
	Seed            uint64 `json:"seed,omitempty"`    // of that part
	Bytes           int64  `json:"bytes"`             // of files here
	Downloaded      bool   `json:"downloaded,omitempty"`
	DownloadedFiles int    `json:"downloaded_files,omitempty"` // whose bytes are as listed
	DownloadedBytes int64  `json:"downloaded_bytes,omitempty"`
	Damaged         int    `json:"damaged,omitempty"` // files of which the cloud gave other bytes
}

// Runs leaves the records of runs, and the last one of a verify; nil where there was none.
func Runs(records []Record) (runs []Record, verify *Record) {
	for _, r := range records {
		if r.Kind == KindVerify {
			verify = &r
		} else {
			runs = append(runs, r)
		}
	}
	return runs, verify
}

// Damage is the last verify that found files damaged in the cloud, unless one of the whole
// job has read every byte there since and found it well; then, or where nothing ever was
// damaged, it is nil. No run can tell: what the cloud lists is as it should be.
func Damage(records []Record) (found *Record) {
	for _, r := range records {
		switch {
		case r.Verify == nil:
		case r.Verify.Damaged > 0:
			found = &r
		case r.Verdict == VerdictVerified && r.Verify.Downloaded && !r.Verify.Sampled:
			found = nil
		}
	}
	return found
}

// The verdicts on a run, and on a verify.
const (
	VerdictProtected   = "protected"
	VerdictUnprotected = "unprotected"
	VerdictRefused     = "refused"
	VerdictBrokenOff   = "broken off"
	VerdictVerified    = "verified"
	VerdictDifferent   = "different"
)

// ProblemRecord is a path that a run did not protect. It may hold any bytes.
type ProblemRecord struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Proof says that all selected files of a job were seen in the cloud, and what the
// roots were like.
type Proof struct {
	Time   time.Time   `json:"time"`
	Target string      `json:"target"`
	Files  int         `json:"files"`
	Bytes  int64       `json:"bytes"`
	Roots  []RootProof `json:"roots"`

	// Account is a digest of whose the target is; Append sets it.
	Account string `json:"account,omitempty"`
	// Selection is a digest of what the job was to hold: a job that has other roots or
	// rules by now is not what was proved.
	Selection string `json:"selection,omitempty"`
}

// RootProof is one root as it was when it was proved. Its names may hold any bytes.
type RootProof struct {
	Path       string   `json:"path"`
	As         string   `json:"as"`
	Files      int      `json:"files"`
	FileSystem string   `json:"file_system"`     // its identity; see localfs.Mount
	Mounts     []string `json:"mounts"`          // points below the root
	Plain      bool     `json:"plain,omitempty"` // no link led to it
}

// Append adds the record of a run to the history of a job, durably, and lets the oldest
// go where there is no room. Where it fails the history is what it was. The job's lock
// must be held.
func (d *Dir) Append(job string, record Record) error {
	if err := d.appendHistory(job, record); err != nil {
		return fmt.Errorf("write the history of job %q: %w", job, err)
	}
	return nil
}

func (d *Dir) appendHistory(job string, record Record) error {
	lines, err := d.readHistory(job)
	if err != nil {
		return err
	}
	if record.Proof != nil {
		proof := *record.Proof
		proof.Account = d.account
		record.Proof = &proof
	}
	line, err := newHistoryLine(record)
	if err != nil {
		return err
	}
	return d.writeHistory(job, retain(append(lines, line)))
}

// History returns what is remembered of the runs of a job, the newest last: nothing
// where it never ran. Records that are damaged, or of a newer jottarun, are left out.
func (d *Dir) History(job string) ([]Record, error) {
	lines, err := d.readHistory(job)
	if err != nil {
		return nil, fmt.Errorf("read the history of job %q: %w", job, err)
	}
	var records []Record
	for _, line := range lines {
		if line.record != nil {
			records = append(records, *line.record)
		}
	}
	return records, nil
}

// LastProof returns the newest proof of a job on this very target, as the cloud tells
// names apart, of the account that the Dir is for; nil where there is none.
func (d *Dir) LastProof(job, target string) (*Proof, error) {
	lines, err := d.readHistory(job)
	if err != nil {
		return nil, fmt.Errorf("read the last proof of job %q: %w", job, err)
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].proves(jotta.FoldName(target)) && lines[i].isOf(d.account) {
			return lines[i].record.Proof, nil
		}
	}
	return nil, nil
}
