package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// choose finds out which entries of a folder are to be in the cloud, and which folders
// may hold some, and why the others are not. What is left out for another reason than a
// rule is noted.
func (s *scan) choose(f *scanned, entries []localfs.Entry) {
	if marker := s.marker(entries); marker != "" {
		f.excluded++
		f.all = &absence{excluded, fmt.Sprintf("in the cloud, excluded by %q in its folder", marker)}
		return
	}
	f.chosen = make([]entry, 0, len(entries))
	for _, found := range entries {
		e, why := s.chooseEntry(f, found)
		if why != nil {
			f.left.add(found.Name, *why)
			continue
		}
		f.add(e)
	}
}

// marker returns the name of the file in the folder, if any, that excludes the folder.
func (s *scan) marker(entries []localfs.Entry) string {
	for _, marker := range s.spec.ExcludeIfPresent {
		if slices.ContainsFunc(entries, func(e localfs.Entry) bool { return e.Name == marker && e.Info.Kind != localfs.KindFolder }) {
			return marker
		}
	}
	return ""
}

// chooseEntry returns the entry to back up, which is what a followed link leads
// to, or why there is none.
func (s *scan) chooseEntry(f *scanned, found localfs.Entry) (entry, *absence) {
	e := entry{name: found.Name, info: found.Info}
	e.verdict = s.decide(f, e)
	if !s.selected(f, e) {
		return e, s.exclude(f, e)
	}
	if isReserved(f.path, e.name) {
		return e, f.reserved(e)
	}
	if found.Err != nil {
		return e, f.problem(Problem{Path: f.pathOf(e), Reason: "cannot be looked at: " + plainCause(found.Err), Files: 1})
	}
	if e.info.Kind == localfs.KindLink {
		var why *absence
		if e, why = s.chooseTarget(f, e); why != nil {
			return e, why
		}
	}
	if reason := s.leftOut(f, e); reason != "" {
		return e, s.leaveOut(f, e, reason)
	}
	if s.spec.ExcludeLarger > 0 && !e.folder() && e.info.Size > s.spec.ExcludeLarger {
		f.excluded++
		return e, &absence{excluded, "in the cloud, excluded by its size here"}
	}
	if err := jotta.CheckName(e.name); err != nil {
		return e, f.problem(Problem{Path: f.pathOf(e), Reason: err.Error(), Files: fileCount(e)})
	}
	return e, nil
}

// chooseTarget returns what a link leads to, or why that is not backed up.
func (s *scan) chooseTarget(f *scanned, link entry) (entry, *absence) {
	e, reason, err := s.follow(f, link)
	switch {
	case err != nil && !f.rules.Excluded(link.verdict):
		return e, f.problem(Problem{Path: f.pathOf(e), Reason: "symbolic link that cannot be followed: " + plainCause(err), Files: 1})
	case reason != "":
		return e, s.leaveOut(f, e, reason)
	case err != nil || !s.selected(f, e):
		return e, s.exclude(f, e)
	}
	return e, nil
}

// decide returns the rules' verdict on an entry.
func (s *scan) decide(f *scanned, e entry) Verdict {
	if f.rules.none() {
		return f.verdict // for which no path need be made
	}
	return f.rules.Decide(join(f.pattern, e.name), e.folder(), f.verdict)
}

// exclude counts what a rule leaves out.
func (s *scan) exclude(f *scanned, e entry) *absence {
	f.excluded++
	rule, _ := f.rules.Deciding(e.verdict)
	return &absence{excluded, excludedBy(rule)}
}

// selected reports whether the rules select the entry or, where it is a folder,
// may select something in it.
func (s *scan) selected(f *scanned, e entry) bool {
	if !f.rules.Excluded(e.verdict) {
		return true
	}
	mayHold := e.folder() || e.info.Kind == localfs.KindLink && s.spec.FollowLinks
	return mayHold && f.rules.Reaches(join(f.pattern, e.name), e.verdict)
}

// leftOut says why an entry that the rules select is no part of a backup, or "".
func (s *scan) leftOut(f *scanned, e entry) string {
	switch {
	case e.info.Kind == localfs.KindSpecial:
		return "not a regular file: left out"
	case isDraft(e.name) && e.info.Kind == localfs.KindFile:
		return "left by a restore that was killed: left out"
	case !e.folder():
		return ""
	case slices.ContainsFunc(s.own, e.info.SameFile):
		return "jottarun's own folder: left out"
	case e.at == nil && s.trees[f.at.root].into && s.isRoot(e.info):
		return "a root of the job, reached by a link: left out here"
	case s.spec.OneFileSystem && e.info.Device != s.trees[f.place(e).root].folder.Info().Device:
		return "on another file system: left out"
	}
	return ""
}

// isRoot reports whether a folder is one of the job's roots, which is backed up as such.
func (s *scan) isRoot(folder localfs.Info) bool {
	return slices.ContainsFunc(s.roots, func(r openRoot) bool { return r.folder.Info().SameFile(folder) })
}

// leaveOut notes why the cloud does not get an entry. A manifest may hold it all the same.
func (s *scan) leaveOut(f *scanned, e entry, reason string) *absence {
	isNoFile := e.info.Kind == localfs.KindLink || e.info.Kind == localfs.KindSpecial
	switch {
	case !isNoFile || f.rules.Excluded(e.verdict):
	case s.spec.Metadata:
		f.unstored = append(f.unstored, e)
		reason = strings.TrimSuffix(reason, ": left out") + ": only in the manifest"
	default:
		f.lost++
	}
	return f.note(f.pathOf(e), reason)
}

func fileCount(e entry) int {
	if e.folder() {
		return 0
	}
	return 1
}
