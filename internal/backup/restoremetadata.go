package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/manifest"
	"github.com/jottarun/jottarun/planner"
)

// MetadataOptions say what a restore does with the manifest of a job.
type MetadataOptions struct {
	Owners     bool // everything is given to its owner; only root can
	Privileged bool // also what gives rights away: set-uid bits, devices, trusted attributes
}

// RestoredMetadata is what came of a job's manifest. The zero value: there was none, or
// it was not wanted.
type RestoredMetadata struct {
	Entries  int // that are wanted
	Applied  bool
	Failed   int
	Withheld int
	Failures []planner.Note // the first of them
	Omitted  []planner.Note // the first of what was withheld
	Err      error          // why it could not be applied as a whole
}

// maxNamed is how many failures, and how many things withheld, are named.
const maxNamed = 10_000

// metadataRestore is a manifest on its way from the cloud into a restored tree.
type metadataRestore struct {
	spec    planner.RestoreSpec
	plan    *planner.Plan
	options MetadataOptions
	file    *os.File // without a name
	fetched map[planner.RelPath]bool
	made    []bool // the roots that are not there before the restore
	result  RestoredMetadata
}

// fetchManifest gets the manifest, checks it, and counts what is wanted of it. It returns
// nil where there is none.
func (r *Restorer) fetchManifest(ctx context.Context, spec planner.RestoreSpec, plan *planner.Plan) *metadataRestore {
	remote, found := plan.Manifest()
	if r.Metadata == nil || !found || plan.Check() != nil {
		return nil
	}
	m := &metadataRestore{spec: spec, plan: plan, options: *r.Metadata, fetched: map[planner.RelPath]bool{}}
	for i := range plan.Roots {
		m.made = append(m.made, m.makes(i))
	}
	if runtime.GOOS != "linux" {
		m.result.Err = errors.New("it can be given back on Linux only; --no-metadata leaves it aside")
		return m
	}
	if m.file, m.result.Err = nameless(); m.result.Err != nil {
		return m
	}
	if m.result.Err = executor.FetchManifest(ctx, plan, remote, m.file, r.Cloud); m.result.Err == nil {
		wanted := spec.Wanted()
		m.result.Entries, m.result.Err = manifest.Count(ctx, m.open, wanted.Has)
		plan.Matched(wanted)
	}
	return m
}

// makes reports whether the i-th root is not there, or only because of an earlier restore
// that was killed.
func (m *metadataRestore) makes(i int) bool {
	if _, err := os.Stat(m.plan.Roots[i].Path); err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	tree, err := m.plan.OpenDestination(i)
	if err != nil {
		return false // which comes up again when it is to be written to
	}
	defer tree.Close()
	return manifest.Dir{Tree: tree}.IsUnfinished()
}

// begin makes the roots that are not there. Where that fails it does so again, and is
// told, when they are written to.
func (m *metadataRestore) begin() {
	if m == nil || m.result.Err != nil || m.result.Entries == 0 {
		return
	}
	dirs, closeAll, _ := m.dirs()
	defer closeAll()
	for i, dir := range dirs {
		if m.made[i] {
			dir.MarkUnfinished()
		}
	}
}

// nameless returns a file of which nothing is left once it is closed.
func nameless() (*os.File, error) {
	file, err := os.CreateTemp("", "jottarun-")
	if err != nil {
		return nil, fmt.Errorf("make a file for the manifest: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("make a file for the manifest: %w", err), file.Close())
	}
	return file, nil
}

func (m *metadataRestore) open() (io.ReadCloser, error) {
	info, err := m.file.Stat()
	if err != nil {
		return nil, err
	}
	return io.NopCloser(io.NewSectionReader(m.file, 0, info.Size())), nil
}

// observe remembers what was brought back.
func (m *metadataRestore) observe(tell func(executor.Event)) func(executor.Event) {
	return func(e executor.Event) {
		if e.Type == executor.Done {
			m.fetched[e.Action.CloudPath] = true
		}
		if tell != nil {
			tell(e)
		}
	}
}

// apply gives the restored files what the manifest has of them.
func (m *metadataRestore) apply(ctx context.Context) {
	if m.result.Err != nil || m.result.Entries == 0 {
		return
	}
	dirs, closeAll, err := m.dirs()
	defer closeAll()
	if err != nil {
		m.result.Err = err
		return
	}
	result, err := manifest.Apply(ctx, m.open, dirs, manifest.Options{
		Owners: m.options.Owners, Privileged: m.options.Privileged, Top: m.top(),
		Wanted: m.spec.Wanted().Has, Restored: m.plan.Here(m.fetched),
		Withheld: func(n manifest.Note) { m.result.Omitted = appendNote(m.result.Omitted, n) },
		Failed:   func(n manifest.Note) { m.result.Failures = appendNote(m.result.Failures, n) },
	})
	m.result.Failed, m.result.Withheld, m.result.Err = result.Failed, result.Withheld, err
	m.result.Applied = err == nil
}

func appendNote(notes []planner.Note, n manifest.Note) []planner.Note {
	if len(notes) == maxNamed {
		return notes
	}
	return append(notes, planner.Note{Path: planner.RelPath(n.Path), Reason: n.Reason})
}

// top reports whether the folders that are restored to are the restore's own: those that
// it has made, or the job's roots. Another folder, like /tmp, keeps its mode and owner.
func (m *metadataRestore) top() bool {
	if slices.EqualFunc(m.spec.Roots, m.spec.Sources, func(a, b planner.Root) bool { return a.Path == b.Path && a.As == b.As }) {
		return true
	}
	for _, made := range m.made {
		if !made {
			return false
		}
	}
	return true
}

// dirs opens the roots that are restored to, and keeps other restores out of them.
func (m *metadataRestore) dirs() (dirs []manifest.Dir, closeAll func(), err error) {
	var closers []func() error
	closeAll = func() {
		for _, shut := range closers {
			_ = shut() // nothing is written by closing
		}
	}
	for i, root := range m.plan.Roots {
		tree, err := m.plan.OpenDestination(i)
		if err != nil {
			return nil, closeAll, fmt.Errorf("open %q: %w", root.Path, err)
		}
		unlock, err := tree.Lock()
		if err != nil {
			return nil, closeAll, errors.Join(fmt.Errorf("lock %q: %w", root.Path, err), tree.Close())
		}
		closers = append(closers, unlock, tree.Close)
		dirs = append(dirs, manifest.Dir{As: root.As, Tree: tree})
	}
	return dirs, closeAll, nil
}

func (m *metadataRestore) close() {
	if m != nil && m.file != nil {
		m.file.Close()
	}
}
