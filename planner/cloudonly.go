package planner

import (
	"fmt"

	"github.com/jottarun/jottarun/jotta"
)

// absence is why the cloud has a file that the job does not put there.
type absence struct {
	class  absenceClass
	reason string
}

type absenceClass uint8

const (
	gone     absenceClass = iota // it is not here
	excluded                     // a rule leaves it out
	present                      // something here has its name, and is no file to back up
)

// kept is what becomes of a file that only the cloud has, unless it is pruned.
const kept = "kept"

// leftNames are the names in a local folder that were not chosen, folded as the
// service does, and why. What the cloud has under such a name is not simply gone.
type leftNames map[string]absence

func (l *leftNames) add(name string, a absence) {
	if *l == nil {
		*l = leftNames{}
	}
	(*l)[jotta.FoldName(name)] = a
}

// cloudFile plans a file that only the cloud has.
func (w *walk) cloudFile(v visit, f jotta.RemoteFile) {
	path := RelPath(join(v.cloud, f.Name))
	a := w.absence(v, f.Name, false)
	if w.spec.Prune.on() && (a.class == gone || a.class == excluded && w.spec.Prune.Excluded) {
		w.prunable[len(w.plan.Actions)] = true
	}
	if v.base != noRoot {
		w.plan.Roots[v.base].CloudOnly++
	}
	w.plan.add(Action{Kind: CloudOnly, Path: path, CloudPath: path, Remote: remote(f), Excluded: a.class == excluded, Reason: a.reason + ": " + kept})
}

func (w *walk) cloudFolder(v visit, f jotta.Folder) {
	verdict := v.rules.Decide(join(v.pattern, f.Name()), true, v.verdict)
	next := visit{scope: v.in(f.Name(), verdict), cloud: join(v.cloud, f.Name()), all: v.all, twin: v.twin}
	if a, left := v.left[jotta.FoldName(f.Name())]; left && next.all == nil {
		next.all = &a // it goes for everything in the folder
	}
	for i := range f.NumFiles() {
		w.cloudFile(next, f.File(i))
	}
	for i := range f.NumFolders() {
		w.cloudFolder(next, f.Folder(i))
	}
}

// absence says why a name of the cloud's folder was not matched by one here.
func (w *walk) absence(v visit, name string, folder bool) absence {
	if v.all != nil {
		return *v.all
	}
	if a, left := v.left[jotta.FoldName(name)]; left {
		return a
	}
	if verdict := v.rules.Decide(join(v.pattern, name), folder, v.verdict); v.rules.Excluded(verdict) {
		rule, _ := v.rules.Deciding(verdict)
		return absence{excluded, excludedBy(rule)}
	}
	if v.twin != nil {
		return absence{present, v.twin.reason} // it may be in the folder that was not chosen
	}
	return absence{gone, "only in the cloud"}
}

func excludedBy(rule Rule) string {
	return fmt.Sprintf("in the cloud, excluded by %q (%s)", rule.Pattern, rule.Source)
}
