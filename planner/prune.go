package planner

import (
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/jotta"
)

// decideOnPruning turns what may be pruned into prunings, unless something holds
// them back: without a proof, a complete scan and a sane number nothing is removed.
func (w *walk) decideOnPruning() {
	plan, mode := w.plan, w.spec.Prune.Mode
	if !w.spec.Prune.on() {
		return
	}
	plan.Prune = mode
	if len(w.prunable) == 0 {
		return
	}
	plan.HeldBack = w.holdsBack()
	if plan.HeldBack == "" {
		plan.HeldBack = w.overLimit()
		plan.OverLimit = plan.HeldBack != ""
	}
	if plan.HeldBack != "" {
		return
	}
	where := "to the trash"
	if mode == PrunePurge {
		where = "removed for good"
	}
	for i := range w.prunable {
		plan.become(i, Pruned)
		plan.Actions[i].Reason = strings.TrimSuffix(plan.Actions[i].Reason, kept) + where
	}
}

// holdsBack says why nothing may be pruned, however little it is, or "".
func (w *walk) holdsBack() string {
	switch {
	case w.spec.Known == nil:
		return "this job has not been proved on this target yet"
	case len(w.plan.Problems) > 0:
		return "there are problems"
	}
	return ""
}

// overLimit says that more would be pruned than max_prune allows, or "".
func (w *walk) overLimit() string {
	c, limit, n := w.plan.Counts, w.spec.Prune.Max, len(w.prunable)
	if limit.Files >= 0 {
		if int64(n) > limit.Files {
			return fmt.Sprintf("%d files are more than max_prune allows (%d)", n, limit.Files)
		}
		return ""
	}
	selected := c.Unchanged + c.Changed + c.Moved + c.Retimed + n
	if float64(n) > limit.Share*float64(selected) {
		return fmt.Sprintf("%d of %d files in the cloud are more than max_prune allows (%g%%)", n, selected, limit.Share*100)
	}
	return ""
}

// prunable returns what of the plan's pruning still holds after the uploads: files
// that a listing made since shows just as they were planned, under a path that no
// file of the job has come to have. It is empty where the proof is not whole.
func (p *Plan) prunable(proof *Proof, found finder, stored []Stored) *Plan {
	pruning := &Plan{
		Job: p.Job, Target: p.Target, Roots: p.Roots, Prune: p.Prune,
		Actions: []Action{}, Problems: []Problem{}, Notes: []Note{},
	}
	if len(proof.Missing) > 0 {
		return pruning
	}
	taken := map[string]bool{}
	for _, s := range stored {
		taken[jotta.FoldName(string(s.CloudPath))] = true
	}
	for _, a := range p.Actions {
		if a.Kind != Pruned || taken[jotta.FoldName(string(a.CloudPath))] {
			continue
		}
		file, ok := found.file(string(a.CloudPath))
		if ok && a.Remote.Is(file) {
			pruning.add(a)
		}
	}
	pruning.addEmptied(found.root)
	return pruning
}

// addEmptied appends, the deepest first, the folders that the pruning leaves empty.
func (p *Plan) addEmptied(root jotta.Folder) {
	pruned := map[RelPath]bool{}
	for _, a := range p.Actions {
		pruned[a.CloudPath] = true
	}
	if len(pruned) == 0 {
		return
	}
	for i := range root.NumFolders() {
		p.addIfEmptied(root.Folder(i), pruned)
	}
}

// addIfEmptied reports whether nothing is left of a folder, and appends it where
// that is so.
func (p *Plan) addIfEmptied(folder jotta.Folder, pruned map[RelPath]bool) bool {
	path, empty := folder.Path(), folder.NumFiles()+folder.NumFolders() > 0
	for i := range folder.NumFolders() {
		empty = p.addIfEmptied(folder.Folder(i), pruned) && empty
	}
	for i := range folder.NumFiles() {
		empty = empty && pruned[RelPath(join(path, folder.File(i).Name))]
	}
	if empty {
		at := RelPath(path)
		p.add(Action{Kind: PrunedFolder, Path: at, CloudPath: at, Reason: "left empty: to the trash"})
	}
	return empty
}
