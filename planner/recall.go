package planner

import (
	"path/filepath"
	"slices"
	"strings"
)

// placeOf is where the files of a folder are remembered.
func (w *walk) placeOf(v visit) place {
	if v.here == nil {
		return place{}
	}
	return place{root: w.spec.Roots[v.base].Path, folder: v.pattern, inode: v.here.folder.Info().Inode}
}

// sums asks for the checksums of a folder's files.
func (w *walk) sums(v visit, here []entry) *folderSums {
	if w.spec.Checksums == nil || v.here == nil {
		return nil
	}
	sums := newFolderSums(w.spec.Checksums, w.placeOf(v), here, v.here.looked)
	if sums.emptied() {
		w.emptied = append(w.emptied, sums)
	}
	return sums
}

// recall notes what is remembered of a file that is about to be planned as new. It is
// of use where the file, or its folder, was renamed.
func (w *walk) recall(v visit, e *entry) {
	w.plan.places[RelPath(v.path)] = w.placeOf(v)
	if r, found := v.sums.find(e); found && !r.Suspect {
		w.known[len(w.plan.Actions)] = md5Of(r)
	}
}

// accepts reports whether the user has named the file, or a folder that it is in, as
// one whose content may be other than it was: by a path below the target, as problems
// name it, or by its path here.
func (w *walk) accepts(v visit, e *entry) bool {
	at := v.here.place(*e)
	paths := []string{join(v.path, e.name), filepath.ToSlash(filepath.Join(w.plan.Tree(at.root).Path, filepath.FromSlash(at.rel)))}
	return slices.ContainsFunc(w.spec.AcceptChanged, func(accepted string) bool {
		accepted = strings.TrimSuffix(filepath.ToSlash(accepted), "/")
		return slices.ContainsFunc(paths, func(path string) bool {
			return accepted != "" && (path == accepted || strings.HasPrefix(path, accepted+"/"))
		})
	})
}

// sweepChecksums forgets folders that are no longer there, if all were seen that are.
func (w *walk) sweepChecksums() {
	if w.spec.Checksums == nil || w.partial {
		return
	}
	for _, sums := range w.emptied {
		if sums.emptied() {
			w.spec.Checksums.Remember(sums.root, sums.folder, sums.inode, nil)
		}
	}
	w.spec.Checksums.Sweep()
}
