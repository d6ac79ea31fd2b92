package model

import (
	"slices"

	"github.com/jottarun/jottarun/planner"
)

// effect is what a run may make of one path in the cloud.
type effect struct {
	may  []string // checksums; "" for none
	must bool     // only the last of them, unless the run was disturbed
}

// effects are what the plan, as the model has it, does to the cloud: nothing else may
// change.
func (r *run) effects() map[string]effect {
	effects := map[string]effect{}
	if r.Plan == nil || r.want.refused {
		return effects
	}
	left := r.leftBySaved()
	for at, name := range r.selected() {
		if _, unchanged := r.want.unchanged[at]; unchanged || left[name] {
			continue
		}
		e := effect{may: []string{r.before.files[at].md5, sum(r.hereThen[name].content)}, must: true}
		if r.editedMeanwhile(name) {
			e.may = append(e.may, keys(r.had[at])...)
		}
		effects[at] = e
	}
	for _, a := range r.Plan.Actions {
		at := fold(string(a.CloudPath))
		if a.Kind == planner.Moved {
			// Where the new path was in use before, as the trash or a broken upload tells, nothing can
			// be moved there: the file is uploaded, and the old one stays until the next run.
			from := fold(string(a.From))
			effects[from] = effect{may: []string{r.before.files[from].md5, ""}, must: !r.wasOnce[at] && !r.begun[at]}
		}
		if a.Kind == planner.Pruned && r.mayPrune(at) {
			effects[at] = effect{may: []string{r.before.files[at].md5, ""}, must: true}
		}
	}
	return effects
}

// mayPrune says once more, and in other words than the model's plan, when a file may go.
func (r *run) mayPrune(at string) bool {
	for name := range r.hereThen {
		if fold(name) == at && !r.job.excludes(name, false) && !r.job.pruneExcluded {
			return false
		}
	}
	return r.job.prune != "never" && r.want.prunable[at] && !r.want.heldBack && len(r.want.problems) == 0 && len(r.touched[at]) == 0 &&
		!r.back[at]
}

// auditChanges: every path has become what it had to, and what was there before is kept.
func (r *run) auditChanges(after snapshot) {
	effects := r.effects()
	paths := map[string]bool{}
	for _, s := range []snapshot{r.before, after} {
		for at := range s.files {
			paths[at] = true
		}
	}
	for at := range paths {
		was, is := r.before.files[at].md5, after.files[at].md5
		e, planned := effects[at]
		if !planned {
			e = effect{may: []string{was}}
		}
		touched := r.touched[at]
		if len(touched) > 0 && is == "" {
			r.auditTouchedAndGone(at, touched)
		}
		switch must := e.may[len(e.may)-1]; {
		case !slices.Contains(e.may, is) && !slices.Contains(touched, is):
			r.fail("%q was %q in the cloud and is %q, which nobody planned", at, was, is)
		case e.must && !r.disturbed() && r.Whole() && is != must:
			r.fail("%q was %q in the cloud and is %q, want %q", at, was, is, must)
		}
		if was != "" && was != is {
			r.auditKept(at, was)
		}
		for _, put := range touched {
			if put != "" && put != is && r.arrived(at, put) {
				r.auditKept(at, put)
			}
		}
	}
}

// auditTouchedAndGone: what the other device wrote while the run went on stays.
func (r *run) auditTouchedAndGone(at string, touched []string) {
	last := r.lastTouch[at]
	if last != "" {
		r.fail("%q is gone, which another device wrote meanwhile (%q)", at, touched)
	}
}

// arrived reports whether content that the other device tried to write was ever there.
func (r *run) arrived(at, put string) bool { return r.lastTouch[at] == put }

// auditKept: content that a path had is still there as a version, or under the path that
// the file was moved to, or its removal was asked for.
func (r *run) auditKept(at, was string) {
	if r.job.prune == "purge" && r.want.prunable[at] {
		return
	}
	names := []string{at}
	for _, a := range r.Plan.Actions {
		if a.Kind == planner.Moved && fold(string(a.From)) == at {
			names = append(names, string(a.CloudPath))
		}
	}
	for _, name := range names {
		versions, visible, err := r.wire.versions(name)
		r.must(err)
		if !visible || slices.Contains(versions, was) {
			return
		}
	}
	r.fail("of %q the cloud keeps no version %s", at, was)
}

// auditFolders: a folder goes only if the pruning emptied it, and comes only with a file.
func (r *run) auditFolders(after snapshot) {
	for at := range r.before.folders {
		if _, still := after.folders[at]; still {
			continue
		}
		pruned := slices.ContainsFunc(r.before.below(at), func(file string) bool { return r.want.prunable[file] && after.files[file].md5 == "" })
		if !pruned || r.Pruning == nil {
			r.fail("the folder %q is gone", at)
		}
	}
	for at := range after.folders {
		_, before := r.before.folders[at]
		if !before && len(after.below(at)) == 0 && !r.disturbed() && r.Whole() {
			r.fail("the empty folder %q has come to be", at)
		}
	}
	for at := range r.before.folders {
		if _, still := after.folders[at]; still && len(after.in(at)) == 0 && r.Whole() && !r.disturbed() && r.emptied(at) {
			r.fail("the folder %q was left empty by the pruning and stays", at)
		}
	}
}

// emptied reports whether all that was in a folder had to be pruned. A folder that was
// empty before is nothing to prune, nor is one that files were moved out of, or that
// holds what an upload has left that was not ended.
func (r *run) emptied(at string) bool {
	for begun := range r.begun {
		if within(begun, at) {
			return false
		}
	}
	for _, name := range r.before.in(at) {
		inner := join(at, name)
		if _, isFolder := r.before.folders[inner]; isFolder && !r.emptied(inner) {
			return false
		}
		if _, isFile := r.before.files[inner]; isFile && !r.isPruned(inner) {
			return false
		}
	}
	return len(r.before.in(at)) > 0
}

func (r *run) isPruned(at string) bool {
	return slices.ContainsFunc(r.Plan.Actions, func(a planner.Action) bool { return a.Kind == planner.Pruned && fold(string(a.CloudPath)) == at })
}

// auditBytes: no path has content that it never had here, nor from another device.
func (r *run) auditBytes(after snapshot) {
	for at, f := range after.files {
		if !r.had[at][f.md5] {
			r.fail("%q has the MD5 %s in the cloud, which nobody gave it", at, f.md5)
		}
	}
}
