package planner

import (
	"context"

	"github.com/jottarun/jottarun/jotta"
)

// Listed is a Lister that has the answer already.
type Listed struct{ Listing *jotta.Listing }

// List returns the listing.
func (l Listed) List(context.Context, jotta.Path) (*jotta.Listing, error) { return l.Listing, nil }

// ReadBack plans to download every file of a listing that is in the sample, and so the
// job's manifest, to nowhere: a restore without roots.
func ReadBack(job string, target jotta.Path, listing *jotta.Listing, sample *Sample) *Plan {
	plan := &Plan{Job: job, Restore: true, Target: target, Actions: []Action{}, Problems: []Problem{}, Notes: []Note{}, Refusals: []Refusal{}}
	plan.readBack(listing.Root(), "", sample)
	return plan
}

func (p *Plan) readBack(folder jotta.Folder, path string, sample *Sample) {
	for i := range folder.NumFiles() {
		file := folder.File(i)
		at := join(path, file.Name)
		if (!isReservedPath(at) || at == ManifestFile) && sample.Has(at) {
			p.add(Action{Kind: Fetched, Path: RelPath(at), CloudPath: RelPath(at), Remote: remote(file), Reason: "read back"})
		}
	}
	for i := range folder.NumFolders() {
		within := folder.Folder(i)
		p.readBack(within, join(path, within.Name()), sample)
	}
}
