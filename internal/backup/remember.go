package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// known is a proof in the planner's terms.
func known(proof *state.Proof) *planner.Known {
	if proof == nil {
		return nil
	}
	k := &planner.Known{Time: proof.Time}
	for _, r := range proof.Roots {
		root := planner.Root{Path: r.Path, As: r.As, Files: r.Files, FileSystem: r.FileSystem, Mounts: r.Mounts}
		if r.Plain {
			root.Real = r.Path
		}
		k.Roots = append(k.Roots, root)
	}
	return k
}

// newRecord is what is remembered of a run.
func (r *Runner) newRecord(spec planner.Spec, o Outcome, started time.Time) state.Record {
	ended := r.Now()
	record := state.Record{
		Job: spec.Job, Target: string(spec.Target), Started: started, Ended: ended, Program: r.Program, Verdict: o.Verdict(),
	}
	if o.Err != nil {
		record.Cause = o.Err.Error()
	}
	if o.Plan == nil {
		return record
	}
	record.PlanDigest, record.Problems = digest(o.Plan), problems(o)
	for _, path := range o.Rewritten {
		record.Rewritten = append(record.Rewritten, string(path))
	}
	record.Seen, record.Unchanged = o.Plan.Counts.Seen, o.Plan.Counts.Unchanged
	if s := o.Summary; s != nil {
		record.Uploaded, record.Replaced, record.Moved = s.Uploaded, s.Replaced, s.Moved
		record.Retimed = s.Retimed
		record.Skipped, record.Failed, record.Bytes = s.Skipped, s.Failed, s.Bytes
	}
	if o.Pruning != nil {
		record.Pruned = o.Pruning.Files
	}
	if o.Whole() && !r.AdHoc {
		record.Proof = newProof(o, ended)
		if r.Selection != nil {
			record.Proof.Selection = r.Selection(spec.Job)
		}
	}
	return record
}

// problems names what keeps a job from being protected, as far as there are names.
func problems(o Outcome) []state.ProblemRecord {
	var all []state.ProblemRecord
	for _, r := range o.Plan.Refusals {
		all = append(all, state.ProblemRecord{Path: r.Root, Reason: r.Reason})
	}
	for _, p := range o.Plan.Problems {
		all = append(all, state.ProblemRecord{Path: string(p.Path), Reason: p.Reason})
	}
	for _, u := range o.Undone {
		if !u.Harmless {
			all = append(all, state.ProblemRecord{Path: string(u.Path), Reason: u.Reason})
		}
	}
	if o.Proof != nil {
		for _, p := range slices.Concat(o.Proof.Missing, o.Proof.Untimed) {
			all = append(all, state.ProblemRecord{Path: string(p.Path), Reason: p.Reason})
		}
	}
	return all
}

// digest tells plans apart.
func digest(plan *planner.Plan) string {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode(plan); err != nil {
		return "" // a plan always marshals
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Verdict says in a word what came of the job; see state.Record.
func (o Outcome) Verdict() string {
	switch {
	case o.Plan != nil && o.Plan.Check() != nil:
		return state.VerdictRefused
	case o.Err != nil:
		return state.VerdictBrokenOff
	case o.Whole():
		return state.VerdictProtected
	}
	return state.VerdictUnprotected
}

// newProof is what a run has shown to be in the cloud: by the listing that was made
// after it or, where nothing had to change, by the one that it was planned from.
func newProof(o Outcome, now time.Time) *state.Proof {
	proof := &state.Proof{Time: now, Target: string(o.Plan.Target), Files: o.Plan.Counts.Unchanged, Bytes: o.Plan.Counts.UnchangedBytes}
	if o.Proof != nil {
		proof.Files, proof.Bytes = o.Proof.Files, o.Proof.Bytes
	}
	for _, r := range slices.Concat(o.Plan.Roots, o.Plan.FollowInto) {
		proof.Roots = append(proof.Roots, state.RootProof{
			Path: r.Path, As: r.As, Files: r.Files, FileSystem: r.FileSystem, Mounts: r.Mounts, Plain: r.Real == r.Path,
		})
	}
	return proof
}
