package planner

import (
	"cmp"
	"sort"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// entry is a selected local file or folder, and where it is read from.
type entry struct {
	name    string
	renamed string // its name in the cloud where that is another
	info    localfs.Info
	verdict Verdict
	at      *location // nil where it lies in the folder that names it
	below   *scanned  // what it holds, where it is a folder
}

// cloudName is the entry's name in the cloud.
func (e entry) cloudName() string { return cmp.Or(e.renamed, e.name) }

// location is a place in one of the job's trees.
type location struct {
	root int
	rel  string
}

func (e entry) folder() bool { return e.info.Kind == localfs.KindFolder }

// folderDiff says how a folder here differs from the same one in the cloud.
type folderDiff struct {
	new          []*entry     // files that the cloud does not have
	resized      []filePair   // files whose size differs
	sameSize     []filePair   // files whose content decides
	folders      []folderPair // folders here, each with the cloud's or none
	cloudFiles   []jotta.RemoteFile
	cloudFolders []jotta.Folder
	problems     []nameProblem
}

type filePair struct {
	here  *entry
	there jotta.RemoteFile
	index int // of there in the listing
}

type folderPair struct {
	here  *entry
	there jotta.Folder
}

// nameProblem is a clash of names; names[0] stands for the others.
type nameProblem struct {
	names  []string
	files  int
	reason string
}

// diffFolder compares the entries of one folder, sorted by name, with what the
// cloud has there. Names match exactly or, failing that, by case folding: to the
// service they are one. It reads nothing but its arguments.
func diffFolder(here []entry, there jotta.Folder) folderDiff {
	var d folderDiff
	remote := newRemoteNames(there)
	for group := range groupTwins(here) {
		e := &group[0]
		match, found := remote.take(group)
		switch {
		case len(group) > 1:
			d.problems = append(d.problems, twins(group))
		case found && e.folder() && match.file:
			d.problems = append(d.problems, nameProblem{[]string{e.name}, 0, "a folder here, but a file in the cloud; nothing in it is uploaded"})
		case found && !e.folder() && !match.file:
			d.problems = append(d.problems, nameProblem{[]string{e.name}, 1, "a file here, but a folder in the cloud; it is not uploaded"})
		case e.folder():
			d.folders = append(d.folders, folderPair{here: e, there: remote.folder(match, found)})
		case !found:
			d.new = append(d.new, e)
		default:
			d.addPair(filePair{e, there.File(match.index), there.FileIndex(match.index)})
		}
	}
	d.cloudFiles, d.cloudFolders = remote.rest()
	return d
}

func (d *folderDiff) addPair(p filePair) {
	if p.here.info.Size == p.there.Size {
		d.sameSize = append(d.sameSize, p)
	} else {
		d.resized = append(d.resized, p)
	}
}

// remoteNames finds the entries of a cloud folder by name and remembers which
// were found.
type remoteNames struct {
	parent       jotta.Folder
	next         int                   // the file after the one that was found last, which often is the next to be found
	byFold       map[string]remoteName // made when an exact match first fails
	takenFiles   []bool
	takenFolders []bool
}

type remoteName struct {
	file  bool
	index int
}

func newRemoteNames(parent jotta.Folder) *remoteNames {
	return &remoteNames{
		parent:       parent,
		takenFiles:   make([]bool, parent.NumFiles()),
		takenFolders: make([]bool, parent.NumFolders()),
	}
}

// take finds what the cloud has under the names of a group of twins and returns
// the match of the first.
func (r *remoteNames) take(group []entry) (first remoteName, found bool) {
	for i, e := range group {
		match, ok := r.find(e.cloudName())
		if !ok {
			continue
		}
		if match.file {
			r.takenFiles[match.index] = true
		} else {
			r.takenFolders[match.index] = true
		}
		if i == 0 {
			first, found = match, true
		}
	}
	return first, found
}

func (r *remoteNames) find(name string) (remoteName, bool) {
	if r.next < r.parent.NumFiles() && r.parent.File(r.next).Name == name {
		r.next++
		return remoteName{true, r.next - 1}, true
	}
	if i, ok := exactFile(r.parent, name); ok {
		r.next = i + 1
		return remoteName{true, i}, true
	}
	if i, ok := exactFolder(r.parent, name); ok {
		return remoteName{false, i}, true
	}
	if r.byFold == nil {
		r.byFold = foldedNames(r.parent)
	}
	match, ok := r.byFold[jotta.FoldName(name)]
	return match, ok
}

func exactFile(folder jotta.Folder, name string) (int, bool) {
	return sort.Find(folder.NumFiles(), func(i int) int { return strings.Compare(name, folder.File(i).Name) })
}

func exactFolder(folder jotta.Folder, name string) (int, bool) {
	return sort.Find(folder.NumFolders(), func(i int) int { return strings.Compare(name, folder.Folder(i).Name()) })
}

func foldedNames(parent jotta.Folder) map[string]remoteName {
	names := make(map[string]remoteName, parent.NumFiles()+parent.NumFolders())
	for i := range parent.NumFolders() {
		names[jotta.FoldName(parent.Folder(i).Name())] = remoteName{false, i}
	}
	for i := range parent.NumFiles() {
		names[jotta.FoldName(parent.File(i).Name)] = remoteName{true, i}
	}
	return names
}

func (r *remoteNames) folder(match remoteName, found bool) jotta.Folder {
	if !found {
		return jotta.Folder{}
	}
	return r.parent.Folder(match.index)
}

// rest returns what was not taken.
func (r *remoteNames) rest() (files []jotta.RemoteFile, folders []jotta.Folder) {
	for i, taken := range r.takenFiles {
		if !taken {
			files = append(files, r.parent.File(i))
		}
	}
	for i, taken := range r.takenFolders {
		if !taken {
			folders = append(folders, r.parent.Folder(i))
		}
	}
	return files, folders
}

// join joins slash paths; an empty one adds nothing.
func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
