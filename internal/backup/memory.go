package backup

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Memory is what plans know of earlier ones: the last proof, and the checksums of
// files. The zero Memory knows nothing.
type Memory struct {
	State  *state.Dir // nil: there is none
	Now    func() time.Time
	Log    *slog.Logger // told what is wrong with the checksums; may be nil
	Frozen bool         // nothing is to be remembered
	Spool  *os.File     // where the manifest of a job with metadata goes; nil: to see whether it changed is enough
}

// Plan plans a job, knowing its last proof, if there ever was one, and what its files
// held when they were last read. It takes no lock and changes nothing but what is
// remembered of checksums.
func (m Memory) Plan(ctx context.Context, spec planner.Spec, lister planner.Lister, hasher *checksum.Hasher) (*planner.Plan, error) {
	if m.State != nil {
		last, err := m.State.LastProof(spec.Job, string(spec.Target))
		if err != nil {
			return nil, err
		}
		spec.Known = known(last)
		checksums := m.open(spec)
		defer checksums.Close()
		spec.Checksums, spec.Now = checksums, m.Now
		if m.Frozen {
			spec.Checksums = frozen{checksums}
		}
	}
	var kept *metadata
	if spec.Metadata {
		kept = m.newMetadata(spec)
		spec.Witness = kept
	}
	plan, err := planner.Build(ctx, spec, lister, hasher)
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err == nil && kept != nil {
		kept.finish(plan, m.Now())
	}
	return plan, err
}

func (m Memory) open(spec planner.Spec) *state.Checksums {
	log := m.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return m.State.OpenChecksums(spec.Job, spec.Rehash, log)
}

// remember keeps the checksums of what a run has stored and proved.
func (m Memory) remember(spec planner.Spec, o Outcome, begun time.Time) {
	checksums := m.open(spec)
	defer checksums.Close()
	o.Plan.Remember(o.Summary.Stored, o.Proof, begun, checksums)
}

// frozen are checksums that stay as they are.
type frozen struct{ planner.Checksums }

func (frozen) Remember(string, string, uint64, []checksum.Remembered) {}

func (frozen) Sweep() {}
