package planner

import (
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// ManifestFile is where, below a job's target, its manifest lies: what a Linux tree has
// and the cloud does not keep.
const ManifestFile = jotta.ReservedFolder + "/manifest.jsonl.zst"

// Metadata is the manifest that was made with a plan.
type Metadata struct {
	Pending bool      `json:"pending"` // the cloud has another, or none
	Size    int64     `json:"size"`
	MD5     jotta.MD5 `json:"md5,omitzero"`
	Made    time.Time `json:"made,omitzero"`
	Problem string    `json:"problem,omitempty"` // why there is none
}

// Keep puts a manifest into the plan, to be stored unless the cloud has it, and notes of
// what it does not hold.
func (p *Plan) Keep(made Metadata, notes []Note) {
	if p.Check() != nil {
		return
	}
	there, found := p.manifest()
	made.Pending = made.Problem == "" && (!found || there.Size != made.Size || there.MD5 != made.MD5)
	p.Metadata = &made
	p.Notes = append(p.Notes, notes...)
	p.sort()
}

// manifest returns the one that the cloud has.
func (p *Plan) manifest() (jotta.RemoteFile, bool) {
	if p.unchanged.listing == nil {
		return jotta.RemoteFile{}, false
	}
	return finder{root: p.unchanged.listing.Root(), folders: map[string]jotta.Folder{}}.file(ManifestFile)
}

// HasScratch reports whether the cloud has what a restore of older content, which was
// killed or still runs, has put there to read it.
func (p *Plan) HasScratch() bool {
	if p.unchanged.listing == nil {
		return false
	}
	found := finder{root: p.unchanged.listing.Root(), folders: map[string]jotta.Folder{}}
	return found.folder(jotta.ScratchFolder).NumFiles() > 0
}

// isPending reports whether a manifest is to be stored.
func (m *Metadata) isPending() bool { return m != nil && m.Pending }
