package planner

import (
	"context"
	"fmt"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// restoreWalk goes through the cloud's folders and compares each with the one here.
type restoreWalk struct {
	ctx     context.Context
	spec    RestoreSpec
	plan    *Plan
	trees   destinations
	wanted  *selection
	hashing *hashing
	drafts  map[RelPath]int64 // what killed restores have left: its path and size
}

// restoreVisit is one folder on the walk.
type restoreVisit struct {
	path     string // below the target, as here
	cloud    string // the same, as the cloud spells it
	root     int
	rel      string          // below the root
	folder   *localfs.Folder // nil where there is none here
	there    jotta.Folder
	verdicts []Verdict
	here     *localNames
}

// job goes through each root's part of the cloud.
func (w *restoreWalk) job(there jotta.Folder) {
	for _, tree := range w.trees {
		w.plan.rootInfos = append(w.plan.rootInfos, tree.info)
	}
	if len(w.spec.Roots) == 1 && w.spec.Roots[0].As == "" {
		w.root(restoreVisit{there: there})
		return
	}
	placed := map[string]bool{}
	for i, root := range w.spec.Roots {
		folder := folderIn(there, root.As)
		if !folder.Exists() {
			continue
		}
		placed[folder.Name()] = true
		v := restoreVisit{path: root.As, cloud: folder.Name(), root: i, there: folder}
		v.verdicts, _ = w.wanted.decide(v.cloud, true, nil)
		w.root(v)
	}
	w.noteHomeless(there, placed)
}

// noteHomeless notes what the cloud has beside the folders of the roots.
func (w *restoreWalk) noteHomeless(there jotta.Folder, placed map[string]bool) {
	note := func(name string, folder bool) {
		if _, wanted := w.wanted.decide(name, folder, nil); wanted && !placed[name] && !isReservedPath(name) {
			w.plan.Notes = append(w.plan.Notes, Note{RelPath(name), "in the cloud, but of no root of the job: left out"})
		}
	}
	for i := range there.NumFiles() {
		note(there.File(i).Name, false)
	}
	for i := range there.NumFolders() {
		note(there.Folder(i).Name(), true)
	}
}

func (w *restoreWalk) root(v restoreVisit) {
	if tree := w.trees[v.root].tree; tree != nil {
		folder, err := tree.Root()
		if err != nil {
			w.blocked(v, "cannot be opened: "+plainCause(err))
			return
		}
		defer folder.Close()
		v.folder = folder
	}
	w.compare(v)
}

// compare handles one folder and then those in it.
func (w *restoreWalk) compare(v restoreVisit) {
	if w.ctx.Err() != nil {
		return
	}
	here, err := newLocalNames(v.folder)
	if err != nil {
		w.blocked(v, "the folder here cannot be read: "+plainCause(err))
		return
	}
	w.spec.Progress.addScanned(len(here.entries))
	v.here = here
	names := newCloudNames(v.there, w.spec.RenamedTwins)
	for i := range v.there.NumFiles() {
		w.file(&v, v.there.File(i), names.look(v.there.File(i).Name), v.there.FileIndex(i))
	}
	for _, draft := range here.drafts {
		w.drafts[RelPath(join(v.path, draft.Name))] = draft.Info.Size
	}
	for i := range v.there.NumFolders() {
		w.folder(&v, v.there.Folder(i), names.look(v.there.Folder(i).Name()))
	}
}

// file decides on one file of the cloud.
func (w *restoreWalk) file(v *restoreVisit, there jotta.RemoteFile, name cloudName, index int) {
	cloud := join(v.cloud, there.Name)
	if _, wanted := w.wanted.decide(cloud, false, v.verdicts); !wanted || isReservedPath(cloud) {
		return
	}
	if name.unfit != "" {
		w.plan.addProblem(Problem{Path: RelPath(join(v.path, there.Name)), Reason: name.unfit, Files: 1})
		return
	}
	a := Action{Path: RelPath(join(v.path, name.here)), CloudPath: RelPath(cloud), Remote: remote(there)}
	if e, found := v.here.find(name); found {
		a.Path = RelPath(join(v.path, e.Name))
		w.differs(v, a, e, index)
		return
	}
	a.Kind, a.Reason = Fetched, "not here"
	w.plan.add(a)
}

// differs decides on a file whose name stands for something here.
func (w *restoreWalk) differs(v *restoreVisit, a Action, e localfs.Entry, index int) {
	if e.Err != nil || e.Info.Kind != localfs.KindFile {
		w.plan.addProblem(Problem{Path: a.Path, Reason: obstacle(e) + "; the file is not brought back", Files: 1})
		return
	}
	a.Kind = Kept
	if w.spec.Overwrite {
		a.Kind = Overwritten
	}
	a.Local = &LocalFile{Root: v.root, Rel: RelPath(join(v.rel, e.Name)), Size: e.Info.Size, Modified: e.Info.Modified, Inode: e.Info.Inode}
	if e.Info.Size != a.Remote.Size {
		a.Reason = fmt.Sprintf("size %d differs (cloud %d)", e.Info.Size, a.Remote.Size)
		w.plan.add(a)
		return
	}
	file, err := v.folder.OpenFile(e.Name)
	if err != nil {
		w.plan.addProblem(Problem{Path: a.Path, Reason: "cannot be read: " + plainCause(err), Files: 1})
		return
	}
	w.hashing.compare(file, comparison{action: a, index: index, name: e.Name})
}

// folder goes into one folder of the cloud.
func (w *restoreWalk) folder(v *restoreVisit, there jotta.Folder, name cloudName) {
	next := restoreVisit{cloud: join(v.cloud, there.Name()), root: v.root, there: there}
	if isReservedPath(next.cloud) {
		return
	}
	var wanted bool
	next.verdicts, wanted = w.wanted.decide(next.cloud, true, v.verdicts)
	e, found := v.here.find(name)
	if !found {
		e.Name = name.here
	}
	next.path, next.rel = join(v.path, e.Name), join(v.rel, e.Name)
	switch {
	case name.unfit != "":
		next.path = join(v.path, there.Name())
		w.blocked(next, name.unfit)
	case !found && wanted && there.NumFiles()+there.NumFolders() == 0:
		w.plan.add(Action{Kind: FetchedFolder, Path: RelPath(next.path), CloudPath: RelPath(next.cloud), Reason: "not here, an empty folder"})
	case found && (e.Err != nil || e.Info.Kind != localfs.KindFolder):
		w.blocked(next, obstacle(e)+"; nothing in the folder is brought back")
	case found:
		w.enter(v.folder, e.Name, next)
	default:
		w.compare(next)
	}
}

// enter compares a folder that is here, too.
func (w *restoreWalk) enter(in *localfs.Folder, name string, v restoreVisit) {
	folder, err := in.OpenFolder(name)
	if err != nil {
		w.blocked(v, "the folder here cannot be opened: "+plainCause(err))
		return
	}
	defer folder.Close()
	v.folder = folder
	w.compare(v)
}

// blocked is a problem for all that is wanted in a folder, if anything is.
func (w *restoreWalk) blocked(v restoreVisit, reason string) {
	if n := w.countWanted(v.there, v.cloud, v.verdicts); n > 0 && !isReservedPath(v.cloud) {
		w.plan.addProblem(Problem{Path: RelPath(v.path), Reason: reason, Files: n})
	}
}

func (w *restoreWalk) countWanted(there jotta.Folder, cloud string, verdicts []Verdict) (n int) {
	for i := range there.NumFiles() {
		if _, wanted := w.wanted.decide(join(cloud, there.File(i).Name), false, verdicts); wanted {
			n++
		}
	}
	for i := range there.NumFolders() {
		folder := there.Folder(i)
		within := join(cloud, folder.Name())
		below, _ := w.wanted.decide(within, true, verdicts)
		n += w.countWanted(folder, within, below)
	}
	return n
}

// obstacle says what is in the way of a name of the cloud.
func obstacle(e localfs.Entry) string {
	switch {
	case e.Err != nil:
		return "what is here cannot be looked at: " + plainCause(e.Err)
	case e.Info.Kind == localfs.KindFolder:
		return "a folder is here"
	case e.Info.Kind == localfs.KindLink:
		return "a symbolic link is here, and is not followed"
	case e.Info.Kind == localfs.KindFile:
		return "a file is here"
	}
	return "something is here that is no file"
}
