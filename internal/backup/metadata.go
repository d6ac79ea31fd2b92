package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/manifest"
	"github.com/jottarun/jottarun/planner"
)

// maxMetadataNotes is how many of the things that a manifest does not hold are named.
const maxMetadataNotes = 1000

// metadata makes a job's manifest while the job is planned: it is the planner's witness.
type metadata struct {
	capture *manifest.Capture
	notes   []planner.Note
	more    int // that are not named
	err     error
}

// newMetadata begins a manifest. What goes wrong with it is said at the end: a job without
// a manifest is still a job.
func (m Memory) newMetadata(spec planner.Spec) *metadata {
	header := manifest.Header{Job: spec.Job}
	for _, root := range spec.Roots {
		header.Roots = append(header.Roots, manifest.Root{Path: root.Path, As: root.As})
	}
	kept := &metadata{}
	var spool io.Writer = io.Discard
	if m.Spool != nil {
		spool = m.Spool
		if kept.err = emptied(m.Spool); kept.err != nil {
			return kept
		}
	}
	kept.capture, kept.err = manifest.NewCapture(spool, header, kept.note)
	return kept
}

// emptied makes a file that an earlier plan has written to as good as new.
func emptied(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return errors.Join(err, file.Truncate(0))
}

// Saw describes what the walk comes by.
func (m *metadata) Saw(s planner.Sight) {
	if m.err != nil {
		return
	}
	m.capture.Add(manifest.Sight{
		Root: s.Root, Path: string(s.Path), Cloud: string(s.CloudPath), Folder: s.Folder, Name: s.Name, Maybe: s.Maybe,
	})
}

func (m *metadata) note(n manifest.Note) {
	if len(m.notes) == maxMetadataNotes {
		m.more++
		return
	}
	m.notes = append(m.notes, planner.Note{Path: planner.RelPath(n.Path), Reason: n.Reason})
}

// finish ends the manifest and puts it into the plan.
func (m *metadata) finish(plan *planner.Plan, now time.Time) {
	made := planner.Metadata{Made: now.UTC().Truncate(time.Second)}
	if m.err == nil {
		var written manifest.Written
		written, m.err = m.capture.Close()
		made.Size, made.MD5 = written.Size, written.MD5
	}
	if m.err != nil {
		made.Problem = m.err.Error()
	}
	if m.more > 0 {
		m.notes = append(m.notes, planner.Note{Reason: fmt.Sprintf("%d more things are not kept in the manifest", m.more)})
	}
	plan.Keep(made, m.notes)
}

// storeManifest sends the manifest, once all else is proved, and says in the outcome
// what came of it.
func (r *Runner) storeManifest(ctx context.Context, o *Outcome, spool *os.File) {
	if o.Err != nil || o.Partial || o.Plan.Metadata == nil || !o.Plan.Metadata.Pending {
		return
	}
	err := executor.StoreManifest(ctx, o.Plan, spool, r.Cloud, r.options(nil))
	if cause := context.Cause(ctx); cause != nil {
		o.Err = cause
		return
	}
	if err != nil {
		o.ManifestErr = fmt.Errorf("metadata is not kept; tried again next run: %w", err)
		return
	}
	o.ManifestStored = true
}
