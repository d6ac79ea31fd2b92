package planner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// walk goes through a job's trees folder by folder, in the order of names, and
// compares what the scan has found in each with the cloud's.
type walk struct {
	ctx      context.Context
	spec     Spec
	scan     *scan
	trees    openedRoots
	roots    openedRoots
	plan     *Plan
	followed []localfs.Info // folders that links have led to; each is entered so once
	hashing  *hashing

	prunable map[int]bool      // indexes into the plan's actions: what may be pruned
	moved    map[int]bool      // likewise: what is moved instead
	known    map[int]jotta.MD5 // of new files, whose checksums are remembered
	emptied  []*folderSums     // folders of which nothing is left that was remembered
	partial  bool              // a folder could not be read
}

func newWalk(ctx context.Context, spec Spec, scan *scan, plan *Plan, hashing *hashing) *walk {
	return &walk{
		ctx: ctx, spec: spec, scan: scan, trees: scan.trees, roots: scan.roots, plan: plan, hashing: hashing,
		prunable: map[int]bool{}, moved: map[int]bool{}, known: map[int]jotta.MD5{},
	}
}

// visit is one folder on the walk.
type visit struct {
	scope
	here  *scanned // nil above all roots, and where only the cloud has the folder
	there jotta.Folder
	cloud string // the path as the cloud spells it
	left  leftNames
	sums  *folderSums // nil where no checksums are remembered
	twin  *absence    // why a folder of the same name to the service was not chosen, beside this one or one above
	all   *absence    // why everything in a folder that only the cloud has is absent
}

// job compares the whole job. Where roots go into folders of their own, those
// folders are compared first, like any others.
func (w *walk) job(there jotta.Folder) {
	if len(w.roots) == 1 && w.roots[0].As == "" {
		w.enter(visit{here: w.scan.tops[0], there: there})
		return
	}
	here := make([]entry, len(w.roots))
	for i, root := range w.roots {
		here[i] = entry{name: root.As, info: root.folder.Info(), below: w.scan.tops[i]}
	}
	w.compare(visit{scope: scope{base: noRoot, rules: &Rules{}}, there: there}, here)
}

// enter compares a folder that the scan has found, and those in it.
func (w *walk) enter(v visit) {
	if w.ctx.Err() != nil {
		return
	}
	f := v.here
	w.scan.fetch(f)
	defer w.scan.release(f)
	v.scope = f.scope
	if f.err != nil {
		w.unread(f)
		return
	}
	w.enterOnce(f)
	here := f.chosen
	if w.spec.RenameTwins {
		here = renameTwins(f, here)
	}
	w.plan.addFound(f)
	v.left, v.all = f.left, f.all
	w.compare(v, here)
}

// compare handles the entries of one folder, and then the folders among them.
func (w *walk) compare(v visit, here []entry) {
	v.sums = w.sums(v, here)
	diff := diffFolder(here, v.there)
	diff.dropReserved(v.path)
	w.show(v, here, diff)
	w.report(v, diff)
	for _, p := range diff.sameSize {
		w.checkContent(v, p)
	}
	v.sums.done()
	folders := v.folders(diff)
	w.scan.forget(v.here)
	for _, next := range folders {
		w.enter(next)
	}
}

// folders are the visits to those folders that are here.
func (v visit) folders(d folderDiff) []visit {
	folders := make([]visit, 0, len(d.folders))
	for _, p := range d.folders {
		next := visit{here: p.here.below, there: p.there, cloud: spelling(v.cloud, p.here.cloudName(), p.there), twin: v.twin}
		if a, left := v.left[jotta.FoldName(p.here.name)]; left {
			next.twin = &a
		}
		folders = append(folders, next)
	}
	return folders
}

// report puts into the plan what needs no look at any content.
func (w *walk) report(v visit, d folderDiff) {
	for _, p := range d.problems {
		problem := Problem{Path: RelPath(join(v.path, p.names[0])), Reason: p.reason, Files: p.files}
		for _, name := range p.names[1:] {
			problem.Twins = append(problem.Twins, RelPath(join(v.path, name)))
		}
		w.plan.addProblem(problem)
		if p.files == 0 && v.base != noRoot {
			w.plan.Roots[v.base].Unread = true // a folder that is not looked into
		}
	}
	for _, e := range d.new {
		if w.readable(v, e) {
			w.recall(v, e)
			w.plan.add(Action{
				Kind: New, Path: RelPath(join(v.path, e.name)), CloudPath: RelPath(join(v.cloud, e.cloudName())),
				Local: v.local(e), Reason: "new",
			})
		}
	}
	for _, p := range d.resized {
		if w.readable(v, p.here) {
			w.plan.places[RelPath(v.path)] = w.placeOf(v)
			reason := fmt.Sprintf("size %d differs (cloud %d)", p.here.info.Size, p.there.Size)
			w.plan.add(v.changed(p, reason))
		}
	}
	for _, f := range d.cloudFiles {
		w.cloudFile(v, f)
	}
	for _, f := range d.cloudFolders {
		w.cloudFolder(v, f)
	}
}

// readable reports whether a file can be opened, as far as that can be told
// without doing so; where it cannot, that is a problem.
func (w *walk) readable(v visit, e *entry) bool {
	if e.info.Readable() {
		return true
	}
	err := w.checkReadable(v, e)
	if err != nil {
		w.unreadable(RelPath(join(v.path, e.name)), "cannot be read", err, 1)
	}
	return err == nil
}

func (w *walk) checkReadable(v visit, e *entry) error {
	if e.at == nil {
		return v.here.folder.CheckReadable(e.name)
	}
	file, err := w.open(v, e) // it lies in another folder, where a link leads
	if err != nil {
		return err
	}
	return file.Close()
}

// unreadable plans what could not be opened: a problem, unless it is gone.
func (w *walk) unreadable(path RelPath, what string, err error, files int) {
	if errors.Is(err, fs.ErrNotExist) {
		w.plan.Notes = append(w.plan.Notes, Note{Path: path, Reason: "vanished while being looked at"})
		return
	}
	w.partial = w.partial || files == 0
	w.plan.addProblem(Problem{Path: path, Reason: what + ": " + plainCause(err), Files: files})
}

// checkContent has the checksum of a file of the cloud's size compared, without
// opening it where its checksum is known.
func (w *walk) checkContent(v visit, p filePair) {
	if !w.spec.Sample.Has(join(v.cloud, p.there.Name)) {
		w.plan.Counts.Seen++
		w.plan.Counts.Unread++
		return
	}
	r, found := v.sums.find(p.here)
	trusted := found && !r.Suspect && !w.spec.Checksums.Due(v.sums.root, v.sums.folder, r.Name)
	if trusted && md5Of(r) == p.there.MD5 && !w.isRetimed(p) {
		w.hashing.alike(p)
		return
	}
	check := comparison{action: v.changed(p, ""), index: p.index, place: w.placeOf(v), sums: v.sums}
	if trusted {
		w.hashing.compareKnown(check, md5Of(r))
		return
	}
	if found {
		check.known, check.accepted = &r, w.accepts(v, p.here)
	}
	file, err := w.open(v, p.here)
	if err != nil {
		w.unreadable(check.action.Path, "cannot be read", err, 1)
		return
	}
	check.name = p.here.name
	w.hashing.compare(file, check)
}

func (w *walk) open(v visit, e *entry) (*localfs.File, error) {
	if e.at != nil {
		return w.trees[e.at.root].tree.OpenFile(e.at.rel)
	}
	file, err := v.here.folder.OpenEntry(e.name, e.info)
	if errors.Is(err, localfs.ErrReplaced) {
		return v.here.folder.OpenFile(e.name) // the file that has come there since the scan
	}
	return file, err
}

func (v visit) local(e *entry) *LocalFile {
	at := v.here.place(*e)
	return &LocalFile{Root: at.root, Rel: RelPath(at.rel), Size: e.info.Size, Modified: e.info.Modified, Inode: e.info.Inode}
}

func remote(f jotta.RemoteFile) *RemoteFile {
	return &RemoteFile{Size: f.Size, MD5: f.MD5, Modified: f.Modified}
}

func (v visit) changed(p filePair, reason string) Action {
	return Action{
		Kind: Changed, Path: RelPath(join(v.path, p.here.name)), CloudPath: RelPath(join(v.cloud, p.there.Name)),
		Local: v.local(p.here), Remote: remote(p.there), Reason: reason,
	}
}

// spelling is the path of a folder as the cloud spells it, or will.
func spelling(parent, name string, there jotta.Folder) string {
	if there.Exists() {
		name = there.Name()
	}
	return join(parent, name)
}
