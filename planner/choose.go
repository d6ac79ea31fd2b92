package planner

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// choose returns those entries of a folder that are to be in the cloud, and the
// folders that may hold some, and remembers in v why the others are not. What is
// left out for another reason than a rule is noted.
func (w *walk) choose(v *visit, entries []localfs.Entry) []entry {
	if marker := w.marker(entries); marker != "" {
		w.countExcluded(*v)
		v.all = &absence{excluded, fmt.Sprintf("in the cloud, excluded by %q in its folder", marker)}
		return nil
	}
	chosen := make([]entry, 0, len(entries))
	for _, found := range entries {
		e, why := w.chooseEntry(*v, found)
		if why != nil {
			v.left.add(found.Name, *why)
			continue
		}
		if !e.folder() {
			w.plan.Roots[v.base].Files++
		}
		chosen = append(chosen, e)
	}
	return chosen
}

// marker returns the name in the folder, if any, that excludes the folder.
func (w *walk) marker(entries []localfs.Entry) string {
	for _, marker := range w.spec.ExcludeIfPresent {
		if slices.ContainsFunc(entries, func(e localfs.Entry) bool { return e.Name == marker }) {
			return marker
		}
	}
	return ""
}

// chooseEntry returns the entry to back up, which is what a followed link leads
// to, or why there is none.
func (w *walk) chooseEntry(v visit, found localfs.Entry) (entry, *absence) {
	path := RelPath(join(v.path, found.Name))
	e := entry{name: found.Name, info: found.Info}
	e.verdict = w.rules(v).Decide(join(v.pattern, found.Name), e.folder(), v.verdict)
	if !w.selected(v, e) {
		return e, w.exclude(v, e)
	}
	if found.Err != nil {
		return e, w.problem(Problem{Path: path, Reason: "cannot be looked at: " + plainCause(found.Err), Files: 1})
	}
	if e.info.Kind == localfs.KindLink {
		reason := ""
		if e, reason = w.follow(v, e); reason != "" {
			return e, w.note(path, reason)
		}
		if !w.selected(v, e) {
			return e, w.exclude(v, e)
		}
	}
	if reason := w.leftOut(v, e); reason != "" {
		return e, w.note(path, reason)
	}
	if w.spec.ExcludeLarger > 0 && !e.folder() && e.info.Size > w.spec.ExcludeLarger {
		w.countExcluded(v)
		return e, &absence{excluded, "in the cloud, excluded by its size here"}
	}
	if err := jotta.CheckName(found.Name); err != nil {
		return e, w.problem(Problem{Path: path, Reason: err.Error(), Files: fileCount(e)})
	}
	return e, nil
}

// exclude counts what a rule leaves out.
func (w *walk) exclude(v visit, e entry) *absence {
	w.countExcluded(v)
	rule, _ := w.rules(v).Deciding(e.verdict)
	return &absence{excluded, excludedBy(rule)}
}

func (w *walk) countExcluded(v visit) {
	w.plan.Counts.Excluded++
	w.plan.Roots[v.base].Excluded++
}

func (w *walk) problem(p Problem) *absence {
	w.plan.addProblem(p)
	return &absence{present, "in the cloud, a problem here"}
}

func (w *walk) note(path RelPath, reason string) *absence {
	w.plan.Notes = append(w.plan.Notes, Note{Path: path, Reason: reason})
	return &absence{present, "in the cloud, left out here"}
}

// selected reports whether the rules select the entry or, where it is a folder,
// may select something in it.
func (w *walk) selected(v visit, e entry) bool {
	rules := w.rules(v)
	if !rules.Excluded(e.verdict) {
		return true
	}
	mayHold := e.folder() || e.info.Kind == localfs.KindLink && w.spec.FollowLinks
	return mayHold && rules.Reaches(join(v.pattern, e.name), e.verdict)
}

// leftOut says why an entry that the rules select is no part of a backup, or "".
func (w *walk) leftOut(v visit, e entry) string {
	switch {
	case e.info.Kind == localfs.KindSpecial:
		return "not a regular file: left out"
	case !e.folder():
		return ""
	case slices.ContainsFunc(w.own, e.info.SameFile):
		return "jottarun's own folder: left out"
	case w.spec.OneFileSystem && e.info.Device != w.roots[v.base].folder.Info().Device:
		return "on another file system: left out"
	}
	return ""
}

// follow replaces a link by what it leads to, if that lies in the job's roots.
func (w *walk) follow(v visit, link entry) (entry, string) {
	if !w.spec.FollowLinks {
		return link, "symbolic link: left out"
	}
	at, reason := w.resolve(v.place(link))
	if reason != "" {
		return link, reason
	}
	if isWithin(filepath.Join(w.roots[at.root].real, filepath.FromSlash(at.rel)), w.spec.Own) {
		return link, "symbolic link into a folder of jottarun's own: left out"
	}
	info, err := w.roots[at.root].tree.Lstat(at.rel)
	if err != nil {
		return link, "symbolic link: left out: " + plainCause(err)
	}
	e := entry{name: link.name, info: info, verdict: link.verdict, at: &at}
	if !e.folder() {
		return e, ""
	}
	for up := &v; up != nil; up = up.above {
		if up.folder.Info().SameFile(info) {
			return link, "symbolic link to a folder that it is in: left out"
		}
	}
	if slices.ContainsFunc(w.followed, info.SameFile) {
		return link, "symbolic link to a folder that another link has led to: left out"
	}
	w.followed = append(w.followed, info)
	e.verdict = w.rules(v).Decide(join(v.pattern, e.name), true, v.verdict)
	return e, ""
}

// resolve finds the place in the job's roots that a link leads to. What is
// opened later is opened within that root, whatever the link says by then.
func (w *walk) resolve(link location) (location, string) {
	root := w.roots[link.root]
	path, err := filepath.EvalSymlinks(filepath.Join(root.real, filepath.FromSlash(link.rel)))
	if err != nil {
		return location{}, "symbolic link that leads nowhere: left out"
	}
	for i, root := range w.roots {
		rel, err := filepath.Rel(root.real, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		if rel == "." {
			rel = ""
		}
		return location{i, filepath.ToSlash(rel)}, ""
	}
	return location{}, fmt.Sprintf("symbolic link out of the job's roots, to %q: left out", path)
}

// rules returns the rules that hold in a folder; none above the roots.
func (w *walk) rules(v visit) *Rules {
	if v.base == noRoot {
		return &Rules{}
	}
	return w.roots[v.base].Rules
}

func fileCount(e entry) int {
	if e.folder() {
		return 0
	}
	return 1
}
