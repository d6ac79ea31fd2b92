// Package planner finds out what a run of a job would change: it scans the local
// roots, lists the cloud target, and compares the two folder by folder.
//
// It changes nothing, here or there. It reads the content only of files whose
// size equals the cloud's, because only there content decides; new files and
// files of another size are hashed when they are sent. What stands in the way of
// the whole job is a refusal, what concerns one path a problem; neither is an
// error. Errors are for what leaves no plan at all, like an unreachable cloud.
//
// The steps, in the order of the files: Spec, open the roots (guard), scan ahead and
// choose by Rules (match), list, walk and compare (diff), hash, Plan.
package planner

import (
	"cmp"
	"context"
	"slices"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
)

// Build plans the job that spec describes. The plan is whole: every selected
// file is counted in it, and every one that is not the same in the cloud is
// named. The same trees and listing give the same plan.
func Build(ctx context.Context, spec Spec, lister Lister, hasher *checksum.Hasher) (*Plan, error) {
	plan := newPlan(spec)
	trees, refusals := openTrees(spec)
	defer trees.close()
	roots := trees.roots()
	if len(refusals) == 0 {
		refusals = append(roots.checkReserved(), roots.checkRequired(spec.Require)...)
	}
	if len(refusals) > 0 {
		return plan.refuse(refusals), nil
	}
	trees.describe(plan, spec)
	scan := newScan(ctx, spec, trees)
	defer scan.close()
	listing, err := lister.List(ctx, spec.Target)
	if err != nil {
		return nil, err
	}
	spec.Progress.addListed(listing.Files() + listing.Folders())
	plan.CreateBackupdir = listing.MissingBackupdir
	plan.addOdd(listing.Odd())

	plan.unchanged = newUnchanged(listing)
	hashing := newHashing(ctx, spec, hasher, plan.unchanged)
	walk := newWalk(ctx, spec, scan, plan, hashing)
	walk.job(listing.Root())
	hashing.wait(plan)
	walk.findMoves()
	walk.decideOnPruning()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if refusals := plan.checkKnown(trees, spec); len(refusals) > 0 {
		return plan.refuse(refusals), nil
	}
	walk.sweepChecksums()
	plan.drop(walk.moved)
	plan.sort()
	return plan, nil
}

func newPlan(spec Spec) *Plan {
	plan := &Plan{Job: spec.Job, Target: spec.Target, Actions: []Action{}, Problems: []Problem{}, Notes: []Note{}, Refusals: []Refusal{}, places: map[RelPath]place{}}
	for _, root := range spec.Roots {
		plan.Roots = append(plan.Roots, root.Root)
	}
	for _, path := range spec.FollowInto {
		plan.FollowInto = append(plan.FollowInto, Root{Path: path})
	}
	return plan
}

// refuse returns a plan of which only the job and the refusals are left.
func (p *Plan) refuse(refusals []Refusal) *Plan {
	return &Plan{
		Job: p.Job, Restore: p.Restore, Target: p.Target, Roots: p.Roots, FollowInto: p.FollowInto, Refusals: refusals,
		Actions: []Action{}, Problems: []Problem{}, Notes: []Note{},
	}
}

// addOdd notes what the cloud has under names that no local file can have.
func (p *Plan) addOdd(odd []jotta.OddName) {
	for _, o := range odd {
		p.Notes = append(p.Notes, Note{Path: RelPath(o.Path), Reason: "only in the cloud, left alone: " + o.Reason})
	}
}

// sort makes the plan independent of the order in which its parts were found.
func (p *Plan) sort() {
	slices.SortFunc(p.Actions, func(a, b Action) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	slices.SortFunc(p.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(p.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
}
