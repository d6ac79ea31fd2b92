package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// walk goes through a job's trees folder by folder, in the order of names, and
// compares each with the cloud's.
type walk struct {
	ctx      context.Context
	spec     Spec
	own      []localfs.Info
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

func newWalk(ctx context.Context, spec Spec, roots openedRoots, plan *Plan, hashing *hashing) *walk {
	return &walk{
		ctx: ctx, spec: spec, own: ownFolders(spec.Own), roots: roots, plan: plan, hashing: hashing,
		prunable: map[int]bool{}, moved: map[int]bool{}, known: map[int]jotta.MD5{},
	}
}

// visit is one folder on the walk.
type visit struct {
	path    string          // below the target
	cloud   string          // the same, as the cloud spells it
	base    int             // the root whose rules hold
	pattern string          // the path that rules are matched against
	at      location        // where the folder lies
	folder  *localfs.Folder // open
	verdict Verdict
	there   jotta.Folder
	above   *visit
	left    leftNames
	sums    *folderSums // nil where no checksums are remembered
	twin    *absence    // why a folder of the same name to the service was not chosen, beside this one or one above
	all     *absence    // why everything in a folder that only the cloud has is absent
}

// noRoot is the base of a visit above all roots, where no rules hold.
const noRoot = -1

// job compares the whole job. Where roots go into folders of their own, those
// folders are compared first, like any others.
func (w *walk) job(there jotta.Folder) {
	if len(w.roots) == 1 && w.roots[0].As == "" {
		w.root(0, visit{there: there})
		return
	}
	here := make([]entry, len(w.roots))
	for i, root := range w.roots {
		info := root.folder.Info()
		here[i] = entry{name: root.As, info: info, verdict: undecided, at: &location{root: i}}
	}
	diff := diffFolder(here, there)
	w.report(visit{base: noRoot}, diff)
	for _, pair := range diff.folders {
		w.root(pair.here.at.root, visit{path: pair.here.name, cloud: spelling("", pair.here.name, pair.there), there: pair.there})
	}
}

func (w *walk) root(i int, v visit) {
	v.base, v.at, v.folder, v.verdict = i, location{root: i}, w.roots[i].folder, undecided
	w.compare(v)
}

// compare handles one folder and then those in it.
func (w *walk) compare(v visit) {
	if w.ctx.Err() != nil {
		return
	}
	entries, err := v.folder.Entries()
	if err != nil {
		w.unreadable(RelPath(v.path), "folder cannot be read", err, 0)
		return
	}
	w.spec.Progress.addScanned(len(entries))
	here := w.choose(&v, entries)
	if w.spec.RenameTwins {
		here = w.renameTwins(&v, here)
	}
	diff := diffFolder(here, v.there)
	v.sums = w.sums(v, here)
	w.report(v, diff)
	for i, pair := range diff.folders {
		if a, left := v.left[jotta.FoldName(pair.here.name)]; left {
			diff.folders[i].twin = &a
		}
	}
	v.left = nil // not needed while those below are compared
	for _, p := range diff.sameSize {
		w.checkContent(v, p)
	}
	v.sums.done()
	v.sums = nil
	for _, p := range diff.folders {
		w.descend(v, p)
	}
}

// report puts into the plan what needs no look at any content.
func (w *walk) report(v visit, d folderDiff) {
	for _, p := range d.problems {
		problem := Problem{Path: RelPath(join(v.path, p.names[0])), Reason: p.reason, Files: p.files}
		for _, name := range p.names[1:] {
			problem.Twins = append(problem.Twins, RelPath(join(v.path, name)))
		}
		w.plan.addProblem(problem)
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
func (w *walk) readable(v visit, e entry) bool {
	if e.at != nil || e.info.Readable() {
		return true
	}
	err := v.folder.CheckReadable(e.name)
	if err != nil {
		w.unreadable(RelPath(join(v.path, e.name)), "cannot be read", err, 1)
	}
	return err == nil
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
	check := comparison{action: v.changed(p, ""), index: p.index, place: w.placeOf(v), sums: v.sums}
	if r, found := v.sums.find(p.here); found {
		if !r.Suspect && !w.spec.Checksums.Due(v.sums.root, v.sums.folder, r.Name) {
			w.hashing.compareKnown(check, md5Of(r))
			return
		}
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

func (w *walk) open(v visit, e entry) (*localfs.File, error) {
	if e.at == nil {
		return v.folder.OpenFile(e.name)
	}
	return w.roots[e.at.root].tree.OpenFile(e.at.rel)
}

// descend compares a folder within v with the cloud's.
func (w *walk) descend(v visit, p folderPair) {
	e := p.here
	next := visit{
		path: join(v.path, e.name), cloud: spelling(v.cloud, e.cloudName(), p.there),
		base: v.base, pattern: join(v.pattern, e.name), at: v.place(e),
		verdict: e.verdict, there: p.there, above: &v, twin: cmp.Or(p.twin, v.twin),
	}
	folder, err := w.openFolder(v, e)
	if err != nil {
		w.unreadable(RelPath(next.path), "folder cannot be opened", err, 0)
		return
	}
	defer folder.Close()
	next.folder = folder
	w.compare(next)
}

func (w *walk) openFolder(v visit, e entry) (*localfs.Folder, error) {
	if e.at == nil {
		return v.folder.OpenFolder(e.name)
	}
	return w.roots[e.at.root].tree.OpenFolder(e.at.rel)
}

// place is where an entry of the folder lies.
func (v visit) place(e entry) location {
	if e.at != nil {
		return *e.at
	}
	return location{v.at.root, join(v.at.rel, e.name)}
}

func (v visit) local(e entry) *LocalFile {
	at := v.place(e)
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
