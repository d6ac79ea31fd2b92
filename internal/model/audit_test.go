package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// audit holds a run to what is promised of every run.
func (r *run) audit() {
	r.cover.count(func(c *coverage) {
		c.runs++
		c.requests += len(r.server.Requests())
		if r.Whole() {
			c.whole++
		}
	})
	switch {
	case r.Plan != nil && r.saved != nil && r.Plan.Check() == nil:
		r.auditSaved()
	case r.Plan != nil:
		r.auditPlan()
	}
	r.cover.meet(r.kinds(), r.weather.struck)
	after, err := r.wire.snapshot()
	if err != nil {
		r.must(err)
		return
	}
	r.auditVerdict()
	r.auditCounts()
	r.auditTruth(after)
	r.auditChanges(after)
	r.auditFolders(after)
	r.auditBytes(after)
	r.auditFences()
}

// kinds are what counts for the coverage: edits before the run, and what was planned.
func (r *run) kinds() map[string]bool {
	kinds := maps.Clone(r.edits)
	w := r.want
	for kind, met := range map[string]bool{
		"+ new": len(w.new) > w.moves, "+ changed": len(w.changed) > 0, "+ moved": w.moves > 0,
		"+ pruned": len(w.prunable) > w.moves && !w.heldBack, "+ only there": len(w.onlyThere) > len(w.prunable),
		"+ problem": len(w.problems) > 0, "+ refused": w.refused, "+ held back": w.heldBack,
		"+ stale": len(r.Stale) > 0, "+ partial": r.Partial,
		"+ nothing": len(w.new)+len(w.changed) == 0,
	} {
		if met {
			kinds[kind] = true
		}
	}
	delete(kinds, "run")
	return kinds
}

// disturbed reports whether anything happened that may keep a file from being protected.
func (r *run) disturbed() bool {
	return r.killed || r.narrowed() || r.weather.hard || len(r.touched) > 0 || r.localToo || r.blocked()
}

// blocked reports whether an upload that was begun once and not ended has the name of
// what is a folder now. The cloud takes it for a file [?], which no listing shows.
func (r *run) blocked() bool {
	for at := range r.want.new {
		for up := parent(at); up != ""; up = parent(up) {
			if r.begun[up] {
				return true
			}
		}
	}
	return false
}

// auditVerdict: a run is whole unless the model knows why it cannot be.
func (r *run) auditVerdict() {
	mayBe := !r.want.refused && len(r.want.problems) == 0
	if r.Whole() && !mayBe {
		r.fail("the run says that all is well, in spite of %v", keys(r.want.problems))
	}
	if !r.Whole() && mayBe && !r.disturbed() {
		r.fail("the run is not whole, for no reason: %s", r.words())
	}
	for at, name := range r.want.unchanged {
		if r.Pruning != nil && r.touchedEarly[at] && r.lastTouch[at] != sum(r.hereThen[name].content) && len(r.touched[at]) == 1 {
			r.fail("files were pruned, though %q was not as it should be", name)
		}
	}
	if r.Err != nil && !r.weather.hard && !r.disturbed() {
		r.fail("the run broke off: %v", r.Err)
	}
}

// auditCounts: the counters add up, and no more bytes were sent than faults explain.
func (r *run) auditCounts() {
	if r.Summary == nil {
		return
	}
	s, c := r.Summary, r.Plan.Counts
	if s.Pending != c.New+c.Changed+c.Moved || s.Pending != s.Uploaded+s.Replaced+s.Moved+s.Skipped+s.Failed {
		r.fail("the run's counts do not add up: %+v of %+v", *s, c)
	}
	if most := c.NewBytes + c.ChangedBytes; s.SentBytes > most && !r.disturbed() && len(r.weather.struck) == 0 {
		r.fail("%d bytes were sent, where %d were to be uploaded", s.SentBytes, most)
	}
}

// auditTruth: who says that all is well made it so; who does not names each file that is
// not in the cloud as it is here, and no other.
func (r *run) auditTruth(after snapshot) {
	named := map[string]bool{}
	for name := range r.named {
		named[name] = true
	}
	if r.Proof != nil {
		for _, p := range r.Proof.Missing {
			named[fold(string(p.Path))], named[string(p.Path)] = true, true
		}
	}
	for at, name := range r.selected() {
		is, there := after.files[at]
		equal := there && is.md5 == sum(r.hereThen[name].content)
		if r.editedMeanwhile(name) { // whichever content was there when it was read
			_, still := r.here.nodes[name]
			equal = equal || !still || there && r.had[at][is.md5]
		}
		switch {
		case !equal && r.Whole():
			r.fail("the run says that all is well, but the cloud has %q as %+v", name, is)
		case !equal && r.Plan != nil && r.Err == nil && !r.Partial && !r.want.refused && !named[name] && !named[at]:
			r.fail("%q is not in the cloud, and nobody named it", name)
		case equal && named[name] && !r.disturbed():
			r.fail("%q is named as not done, and is", name)
		}
	}
}

func (r *run) editedMeanwhile(name string) bool {
	now, still := r.here.nodes[name]
	return !still || now != r.hereThen[name]
}

// selected are the files that the job has to bring to the cloud, by folded paths.
func (r *run) selected() map[string]string {
	all := map[string]string{}
	for _, some := range []map[string]string{r.want.new, r.want.changed, r.want.unchanged} {
		maps.Copy(all, some)
	}
	return all
}

// auditFences: nothing beside the target was asked for or changed, and nothing removed
// in a way that the job does not allow.
func (r *run) auditFences() {
	if diff := cmp.Diff(r.outside, r.beside()); diff != "" {
		r.fail("something beside the target has changed (-before +after): %s", diff)
	}
	user := "/jfs/" + r.server.Username()
	for _, q := range r.server.Requests() {
		name, isJFS := strings.CutPrefix(q.Path, user)
		if isJFS && name != "" && name != device && name != target && !strings.HasPrefix(name, target+"/") {
			r.fail("%s %s is none of the job's business", q.Method, q.Path)
		}
		if r.Plan == nil || r.want.refused {
			if q.Method != "GET" {
				r.fail("%s %s without a plan", q.Method, q.Path)
			}
		}
		if q.Route == "rmDir" || q.Route == "purgeTrash" {
			r.fail("%s was asked for", q.Route)
		}
	}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lines are a snapshot as text, sorted.
func lines(s snapshot) []string {
	var all []string
	for at, f := range s.files {
		all = append(all, fmt.Sprintf("%s: %s %d %v", at, f.md5, f.size, f.modified))
	}
	for at := range s.folders {
		all = append(all, at+"/")
	}
	slices.Sort(all)
	return all
}
