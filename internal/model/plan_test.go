package model

import (
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/planner"
)

// auditPlan: the plan says what the model says.
func (r *run) auditPlan() {
	w := r.want
	if refused := r.Plan.Check() != nil; refused != w.refused {
		r.fail("refused: %v, want %v: %s", refused, w.refused, describe(r.Plan))
		return
	}
	if w.refused {
		return
	}
	got := map[planner.Kind]map[string]string{}
	for _, a := range r.Plan.Actions {
		if got[a.Kind] == nil {
			got[a.Kind] = map[string]string{}
		}
		got[a.Kind][fold(string(a.CloudPath))] = string(a.Path)
	}
	r.auditMoves(got)
	prunable := maps.Clone(w.prunable)
	for _, a := range r.Plan.Actions {
		delete(prunable, fold(string(a.From)))
	}
	onlyThere := maps.Clone(w.onlyThere)
	for _, a := range r.Plan.Actions {
		delete(onlyThere, fold(string(a.From)))
	}
	if w.heldBack {
		clear(prunable)
	}
	maps.DeleteFunc(onlyThere, func(at string, _ bool) bool { return prunable[at] })
	r.same("changed", keys(w.changed), keys(got[planner.Changed]))
	r.same("pruned", keys(prunable), keys(got[planner.Pruned]))
	r.same("only in the cloud", keys(onlyThere), keys(got[planner.CloudOnly]))
	var problems []string
	for _, p := range r.Plan.Problems {
		problems = append(problems, string(p.Path))
		for _, twin := range p.Twins {
			problems = append(problems, string(twin))
		}
	}
	r.same("problems", keys(w.problems), problems)
	if (r.Plan.HeldBack != "") != w.heldBack || r.Plan.OverLimit != w.overLimit {
		r.fail("held back: %q, %v; want %v, %v", r.Plan.HeldBack, r.Plan.OverLimit, w.heldBack, w.overLimit)
	}
	c := r.Plan.Counts
	wantCounts := planner.Counts{
		Seen: w.files, Unchanged: len(w.unchanged), New: len(w.new) - w.moves, Changed: len(w.changed),
		Moved: w.moves, Pruned: len(prunable), CloudOnly: len(onlyThere), Excluded: w.excluded,
	}
	gotCounts := planner.Counts{
		Seen: c.Seen, Unchanged: c.Unchanged, New: c.New, Changed: c.Changed, Moved: c.Moved,
		Pruned: c.Pruned, CloudOnly: c.CloudOnly, Excluded: c.Excluded,
	}
	if diff := cmp.Diff(wantCounts, gotCounts); diff != "" {
		r.fail("the plan's counts (-want +got): %s", diff)
	}
}

// auditMoves: as many files move as can, each from a path that may go and holds just
// its content; the others are new.
func (r *run) auditMoves(got map[planner.Kind]map[string]string) {
	arriving := maps.Clone(got[planner.New])
	if arriving == nil {
		arriving = map[string]string{}
	}
	from := map[string]bool{}
	for _, a := range r.Plan.Actions {
		if a.Kind != planner.Moved {
			continue
		}
		source := fold(string(a.From))
		if !r.want.prunable[source] || from[source] || r.before.files[source].md5 != sum(r.hereThen[string(a.Path)].content) {
			r.fail("%q is to be moved from %q, which holds %s", a.Path, a.From, r.before.files[source].md5)
		}
		from[source] = true
		arriving[fold(string(a.CloudPath))] = string(a.Path)
	}
	if len(from) != r.want.moves {
		r.fail("%d files are to be moved, want %d: %s", len(from), r.want.moves, describe(r.Plan))
	}
	if diff := cmp.Diff(r.want.new, arriving); diff != "" {
		r.fail("planned as new or moved (-want +got): %s", diff)
	}
}

func (r *run) same(what string, want, got []string) {
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		r.fail("%s: planned %q, want %q", what, got, want)
	}
}
