package report

import (
	"iter"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Entries are the files and folders of a listing, each folder before what is in it, in
// the byte order of names. With a selection, written as exclude rules are, they are those
// that it matches, and what is in a folder that it matches.
func Entries(listing *jotta.Listing, selection *planner.Rules) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		w := entryWalk{selection: selection, yield: yield}
		w.folder(listing.Root(), "", 0)
	}
}

// FilesOnly leaves out the folders.
func FilesOnly(entries iter.Seq[Entry]) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for e := range entries {
			if e.Kind == FileEntry && !yield(e) {
				return
			}
		}
	}
}

type entryWalk struct {
	selection *planner.Rules // nil: everything
	yield     func(Entry) bool
}

// folder visits what is in a folder; false says that no more is wanted.
func (w *entryWalk) folder(f jotta.Folder, prefix string, above planner.Verdict) bool {
	file, folder := 0, 0
	for file < f.NumFiles() || folder < f.NumFolders() {
		if folder == f.NumFolders() || file < f.NumFiles() && f.File(file).Name < f.Folder(folder).Name() {
			if !w.file(f.File(file), prefix, above) {
				return false
			}
			file++
			continue
		}
		if !w.subfolder(f.Folder(folder), prefix, above) {
			return false
		}
		folder++
	}
	return true
}

func (w *entryWalk) file(f jotta.RemoteFile, prefix string, above planner.Verdict) bool {
	path := prefix + f.Name
	if selected, _ := w.decide(path, false, above); !selected {
		return true
	}
	return w.yield(Entry{Kind: FileEntry, Path: path, Size: f.Size, MD5: f.MD5, Modified: f.Modified})
}

func (w *entryWalk) subfolder(f jotta.Folder, prefix string, above planner.Verdict) bool {
	path := prefix + f.Name()
	selected, verdict := w.decide(path, true, above)
	if selected && !w.yield(Entry{Kind: FolderEntry, Path: path, Size: -1}) {
		return false
	}
	return w.folder(f, path+"/", verdict)
}

// decide reads rules that were made to exclude the other way around: what they match is
// what is wanted.
func (w *entryWalk) decide(path string, folder bool, above planner.Verdict) (bool, planner.Verdict) {
	if w.selection == nil {
		return true, above
	}
	verdict := w.selection.Decide(path, folder, above)
	return w.selection.Excluded(verdict), verdict
}
