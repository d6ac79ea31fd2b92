package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/jotta"
)

// Manifest returns the manifest that the cloud has of the job, as the listing showed it.
func (p *Plan) Manifest() (jotta.RemoteFile, bool) { return p.manifest() }

// Here tells, once a restore has brought files back, which files of the cloud are here as
// the cloud has them: those, and those that were found unchanged. Both are paths as the
// cloud spells them.
func (p *Plan) Here(fetched map[RelPath]bool) func(cloud string) bool {
	if p.unchanged.listing == nil {
		return func(string) bool { return false }
	}
	found := finder{root: p.unchanged.listing.Root(), folders: map[string]jotta.Folder{}}
	return func(cloud string) bool {
		at, name := cutLast(RelPath(cloud))
		folder := found.folder(string(at))
		i, ok := fileIndexIn(folder, name)
		if !ok {
			return false
		}
		return p.unchanged.has(folder.FileIndex(i)) || fetched[RelPath(join(folder.Path(), folder.File(i).Name))]
	}
}

// fileIndexIn finds a file in a folder, by its exact name or else by case folding.
func fileIndexIn(folder jotta.Folder, name string) (int, bool) {
	if i, ok := exactFile(folder, name); ok {
		return i, true
	}
	fold := jotta.FoldName(name)
	for i := range folder.NumFiles() {
		if jotta.FoldName(folder.File(i).Name) == fold {
			return i, true
		}
	}
	return 0, false
}

// Wanted tells which paths of the cloud a restore is to bring back. It is quick where
// they come folder by folder.
type Wanted struct {
	selection *selection
	unmatched string    // the problem of a pattern
	above     []decided // the folders that the latest path is in
}

// Wanted returns what the patterns select.
func (s RestoreSpec) Wanted() *Wanted {
	return &Wanted{selection: s.selection(), unmatched: s.unmatched()}
}

// Has reports whether a path is to be brought back. The target's own folder is where there
// are no patterns: they are about what is in it.
func (w *Wanted) Has(cloud string, folder bool) bool {
	if cloud == "" {
		return len(w.selection.wants) == 0
	}
	_, wanted := w.decide(cloud, folder)
	return wanted
}

// Matched takes back that nothing matches those patterns that have selected something
// since.
func (p *Plan) Matched(w *Wanted) {
	unused := w.selection.unused()
	p.Problems = slices.DeleteFunc(p.Problems, func(problem Problem) bool {
		return problem.Reason == w.unmatched && !slices.Contains(unused, string(problem.Path))
	})
}

// unmatched is the problem of a pattern that matches nothing.
func (s RestoreSpec) unmatched() string {
	return cmp.Or(s.Unmatched, "nothing in the cloud matches this")
}

type decided struct {
	path     string
	verdicts []Verdict
}

func (w *Wanted) decide(path string, folder bool) ([]Verdict, bool) {
	parent := ""
	var above []Verdict
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent = path[:i]
		above = w.verdictsOn(parent)
	}
	return w.selection.decide(path, folder, above)
}

// verdictsOn returns those on a folder.
func (w *Wanted) verdictsOn(folder string) []Verdict {
	for len(w.above) > 0 {
		top := w.above[len(w.above)-1]
		if top.path == folder {
			return top.verdicts
		}
		if strings.HasPrefix(folder, top.path+"/") {
			break
		}
		w.above = w.above[:len(w.above)-1]
	}
	verdicts, _ := w.decide(folder, true)
	w.above = append(w.above, decided{folder, verdicts})
	return verdicts
}
