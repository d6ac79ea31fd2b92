package planner

import (
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
)

// Remember hands what a run has stored to the checksums, so that the next plan need
// not read it again. Begun is when the run began: files that changed after it, or just
// before, are left out. So are those that the proof misses.
func (p *Plan) Remember(stored []Stored, proof *Proof, begun time.Time, checksums Checksums) {
	missing := map[RelPath]bool{}
	for _, problem := range proof.Missing {
		missing[problem.Path] = true
	}
	news := map[place][]checksum.Remembered{}
	for _, s := range stored {
		folder, name := cutLast(s.Path)
		at, known := p.places[folder]
		state, safe := stateOf(name, s.Info, begun)
		if !known || !safe || missing[s.Path] || !s.Retimed.IsZero() {
			continue
		}
		state.MD5 = s.MD5
		news[at] = append(news[at], state)
	}
	for at, fresh := range news {
		known, _ := checksums.Folder(at.root, at.folder, at.inode)
		checksums.Remember(at.root, at.folder, at.inode, merge(known, fresh))
	}
}

func cutLast(path RelPath) (folder RelPath, name string) {
	i := strings.LastIndexByte(string(path), '/')
	return path[:max(i, 0)], string(path[i+1:])
}
