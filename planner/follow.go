package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// follow replaces a link by what it leads to, if that lies in the job's roots or in a folder
// that links may lead into. Otherwise the reason says why it is left out. It is an error
// where that cannot be told.
func (s *scan) follow(f *scanned, link entry) (e entry, reason string, err error) {
	if !s.spec.FollowLinks {
		return link, "symbolic link: left out", nil
	}
	at, reason, err := s.trees.resolve(f.place(link))
	if reason != "" || err != nil {
		return link, reason, err
	}
	if isWithin(filepath.Join(s.trees[at.root].real, filepath.FromSlash(at.rel)), s.spec.Own) {
		return link, "symbolic link into a folder of jottarun's own: left out", nil
	}
	info, err := s.trees[at.root].tree.Lstat(at.rel)
	if err != nil {
		return link, "symbolic link: left out: " + plainCause(err), nil
	}
	e = entry{name: link.name, info: info, verdict: link.verdict, at: &at}
	if !e.folder() {
		return e, "", nil
	}
	for up := f; up != nil; up = up.above {
		if up.folder.Info().SameFile(info) {
			return link, "symbolic link to a folder that it is in: left out", nil
		}
	}
	e.verdict = s.decide(f, e)
	return e, "", nil
}

// resolve finds the place in one of the trees that a link leads to. What is opened
// later is opened within that tree, whatever the link says by then. It is an error where
// the way is barred in one of the trees: what lies behind is not to be left out in silence.
func (trees openedRoots) resolve(link location) (at location, reason string, err error) {
	path, err := filepath.EvalSymlinks(filepath.Join(trees[link.root].real, filepath.FromSlash(link.rel)))
	barred, isBarred := errors.AsType[*fs.PathError](err)
	if isBarred = isBarred && errors.Is(err, fs.ErrPermission); isBarred {
		path = barred.Path // as far as it can be seen
	} else if err != nil {
		return location{}, "symbolic link that leads nowhere: left out", nil
	}
	at, within := trees.find(path)
	switch {
	case !within:
		return location{}, fmt.Sprintf("symbolic link out of the job's roots, to %q: left out", path), nil
	case isBarred:
		return location{}, "", err
	}
	return at, "", nil
}

// find returns the place of a path without links in one of the trees, if it has one.
func (trees openedRoots) find(path string) (at location, found bool) {
	for i, tree := range trees {
		rel, err := filepath.Rel(tree.real, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		if rel == "." {
			rel = ""
		}
		return location{i, filepath.ToSlash(rel)}, true
	}
	return location{}, false
}

// enterOnce leaves out, of the folders that links lead to, those that another link before
// on the walk has led to.
func (w *walk) enterOnce(f *scanned) {
	f.chosen = slices.DeleteFunc(f.chosen, func(e entry) bool {
		if e.below == nil || !e.below.linked {
			return false
		}
		if slices.ContainsFunc(w.followed, e.info.SameFile) {
			why := f.note(RelPath(e.below.path), "symbolic link to a folder that another link has led to: left out")
			f.left.add(e.name, *why)
			if w.spec.Metadata {
				f.unstored = append(f.unstored, entry{name: e.name})
			} else {
				f.lost++
			}
			return true
		}
		w.followed = append(w.followed, e.info)
		return false
	})
}
