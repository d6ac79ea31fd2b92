package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
)

// Witness is shown everything that the rules of a job select, links and special files
// too, as the walk comes by: a folder, then what is in it and is no folder, by the bytes
// of names, then the folders in it, likewise, each with all that is below it.
type Witness interface {
	// Saw is called by one goroutine. What it is shown is open only until it returns.
	Saw(Sight)
}

// Sight is something that a job selects.
type Sight struct {
	Root      int     // index into Plan.Roots
	Path      RelPath // below the target
	CloudPath RelPath // as the cloud spells it, or would
	Folder    *localfs.Folder
	Name      string // in the folder; "" where that itself is seen
	Maybe     bool   // the rules exclude the folder, but something in it may be selected
}

// show shows the witness a folder of the walk, and what in it is no folder.
func (w *walk) show(v visit, here []entry, d folderDiff) {
	if w.spec.Witness == nil {
		return
	}
	// Roots, and twins that are renamed, come in another order.
	slices.SortStableFunc(d.folders, func(a, b folderPair) int { return byName(*a.here, *b.here) })
	f := v.here
	if f == nil || f.all != nil {
		return
	}
	sight := Sight{Root: v.base, Path: RelPath(v.path), CloudPath: RelPath(v.cloud), Folder: f.folder}
	w.spec.Witness.Saw(Sight{
		Root: v.base, Path: sight.Path, CloudPath: sight.CloudPath, Folder: f.folder, Maybe: v.rules.Excluded(f.verdict),
	})
	spelled := d.spelled()
	for _, e := range inOrder(here, f.unstored) {
		sight.Name = e.name
		sight.Path = f.pathOf(e)
		sight.CloudPath = RelPath(join(v.cloud, cmp.Or(spelled[e.name], e.cloudName())))
		w.showEntry(sight, e)
	}
}

// showEntry shows what a name stands for; where that is a link that is followed, what it
// leads to.
func (w *walk) showEntry(sight Sight, e entry) {
	if e.at == nil {
		w.spec.Witness.Saw(sight)
		return
	}
	parent, name := "", e.at.rel
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		parent, name = name[:i], name[i+1:]
	}
	folder, err := w.trees[e.at.root].tree.OpenFolder(parent)
	if err != nil {
		return // its content cannot be read either, which is said
	}
	defer folder.Close()
	sight.Folder, sight.Name = folder, name
	w.spec.Witness.Saw(sight)
}

// inOrder merges the chosen entries that are no folders with those that the cloud cannot
// hold.
func inOrder(here, unstored []entry) []entry {
	var all []entry
	for _, e := range here {
		if !e.folder() {
			all = append(all, e)
		}
	}
	all = append(all, unstored...)
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b entry) int { return cmp.Compare(a.name, b.name) }

// spelled are the names of files that the cloud spells otherwise.
func (d folderDiff) spelled() map[string]string {
	names := map[string]string{}
	for _, pairs := range [][]filePair{d.resized, d.sameSize} {
		for _, p := range pairs {
			if p.there.Name != p.here.cloudName() {
				names[p.here.name] = p.there.Name
			}
		}
	}
	return names
}
