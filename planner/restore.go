package planner

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// RestoreSpec says what of a job is to be brought back, and to where.
type RestoreSpec struct {
	Job          string
	Target       jotta.Path
	Roots        []Root   // where it goes: what is below As in the cloud, below Path here
	Sources      []Root   // the job's own roots, which are written to only where InPlace says so
	Own          []string // jottarun's own folders, which are never written to
	Patterns     []string // what is wanted, as in the rules of a job; none: everything
	Unmatched    string   // what to say of a pattern that matches nothing
	InPlace      bool
	Mounted      bool // each of Roots must be a file system of its own, as Require.Mounted says
	Overwrite    bool // other content here is replaced; else it stays, and is named
	RenamedTwins bool // names have the suffixes that Spec.RenameTwins gives

	FreeSpace func(path string) (int64, error) // on the disk of a folder; nil: ask the system
	Progress  *Progress                        // counts what is done; nil: nobody looks
}

// BuildRestore plans the reverse of Build: what has to come from the cloud so that the
// roots hold what it has. Names are matched and content is compared in the same way.
// What is here and not in the cloud is of no interest to it.
func BuildRestore(ctx context.Context, spec RestoreSpec, lister Lister, hasher *checksum.Hasher) (*Plan, error) {
	plan := &Plan{
		Job: spec.Job, Restore: true, Target: spec.Target, Roots: spec.Roots,
		Actions: []Action{}, Problems: []Problem{}, Notes: []Note{}, Refusals: []Refusal{}, places: map[RelPath]place{},
	}
	trees, refusals := openDestinations(spec)
	defer trees.close()
	if len(refusals) > 0 {
		return plan.refuse(refusals), nil
	}
	listing, err := lister.List(ctx, spec.Target)
	if err != nil {
		return nil, err
	}
	spec.Progress.addListed(listing.Files() + listing.Folders())
	plan.unchanged = newUnchanged(listing)
	walk := &restoreWalk{
		ctx: ctx, spec: spec, plan: plan, trees: trees, wanted: spec.selection(),
		hashing: newHashing(ctx, Spec{Progress: spec.Progress}, hasher, plan.unchanged), drafts: map[RelPath]int64{},
	}
	walk.job(listing.Root())
	walk.hashing.wait(plan)
	walk.nameMissing(listing)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if refusals := checkSpace(spec, walk.needs()); len(refusals) > 0 {
		return plan.refuse(refusals), nil
	}
	plan.leftovers = slices.Sorted(maps.Keys(walk.drafts))
	plan.sort()
	return plan, nil
}

// nameMissing names what the cloud has and no file here can stand for, and what was
// asked for and is not in the cloud.
func (w *restoreWalk) nameMissing(listing *jotta.Listing) {
	wanted := Wanted{selection: w.wanted}
	for _, odd := range listing.Odd() {
		if wanted.Has(odd.Plain(), false) && !isReservedPath(odd.Path) {
			w.plan.addProblem(Problem{Path: RelPath(odd.Path), Reason: "cannot be brought back: " + odd.Reason})
		}
	}
	for _, pattern := range w.wanted.unused() {
		w.plan.addProblem(Problem{Path: RelPath(pattern), Reason: w.spec.unmatched()})
	}
	if listing.Files() == 0 && len(w.spec.Patterns) == 0 {
		w.plan.addProblem(Problem{Reason: fmt.Sprintf("the cloud has no file at %q", string(w.spec.Target))})
	}
}

// needs returns how many bytes are to be written to each root. Drafts that are of use
// need no space again; they are taken out of w.drafts.
func (w *restoreWalk) needs() []int64 {
	needs := make([]int64, len(w.spec.Roots))
	for _, a := range w.plan.Actions {
		if !a.Kind.Downloads() {
			continue
		}
		root, _ := w.plan.Place(a)
		needs[root] = addUp(needs[root], a.Remote.Size)
		if len(w.drafts) > 0 {
			folder, _ := cutLast(a.Path)
			draft := RelPath(join(string(folder), a.DraftName()))
			needs[root] -= min(w.drafts[draft], a.Remote.Size)
			delete(w.drafts, draft)
		}
	}
	return needs
}

// addUp adds sizes, which the cloud may have made up, as far as they can be added.
func addUp(a, b int64) int64 { return a + min(b, math.MaxInt64-a) }

// destination is a folder that files are to come to.
type destination struct {
	tree *localfs.Tree // nil where there is none yet
	info localfs.Info
}

type destinations []destination

func (d destinations) close() {
	for _, each := range d {
		if each.tree != nil {
			each.tree.Close()
		}
	}
}

// Place returns where the file of an action of a restore goes: a root, and the path
// below it.
func (p *Plan) Place(a Action) (root int, rel RelPath) {
	if len(p.Roots) == 1 && p.Roots[0].As == "" {
		return 0, a.Path
	}
	as, below := cutFirst(a.Path)
	for i, r := range p.Roots {
		if RelPath(r.As) == as {
			return i, below
		}
	}
	return 0, a.Path
}

// Restorable reports whether a restore by the plan would change anything here.
func (p *Plan) Restorable() bool {
	return len(p.leftovers) > 0 || slices.ContainsFunc(p.Actions, func(a Action) bool { return a.Kind.Restores() })
}

// Leftovers are what killed restores have left and no action goes on with: paths below
// the target, as Place takes them.
func (p *Plan) Leftovers() []RelPath { return p.leftovers }

// OpenDestination opens the i-th root of a restore, or makes it. It is an error, which
// wraps ErrRefused, where that is not the very folder that was planned.
func (p *Plan) OpenDestination(i int) (*localfs.Tree, error) {
	if i < len(p.rootInfos) && p.rootInfos[i].Kind == localfs.KindFolder {
		return p.OpenRoot(i)
	}
	return localfs.MakeTree(p.Roots[i].Path)
}
