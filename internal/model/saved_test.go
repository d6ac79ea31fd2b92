package model

import (
	"context"
	"encoding/json"
	"math/rand/v2"

	"github.com/jottarun/jottarun/planner"
)

// savedPlan is a plan as its file has it, and what the model saw when it was made.
type savedPlan struct {
	plan  *planner.Plan
	here  map[string]node
	there map[string]held
	want  *want
}

// savePlan plans, and keeps the plan for later.
func (s *sequence) savePlan(*rand.Rand) {
	if s.program != "" {
		return
	}
	r := s.newRun()
	plan, err := s.build(context.Background())
	s.must(err)
	if err != nil || plan.Check() != nil {
		return
	}
	text, err := json.Marshal(plan)
	s.must(err)
	saved := &savedPlan{plan: new(planner.Plan), here: r.hereThen, there: r.before.files, want: r.want}
	s.must(json.Unmarshal(text, saved.plan))
	s.saved = saved
	s.log("%s", describe(plan))
}

// applySaved does what still holds of a plan that was saved.
func (s *sequence) applySaved(r *rand.Rand) {
	if s.saved == nil {
		return
	}
	run := s.newRun()
	run.saved, run.slots = s.saved, pick(r, []int{1, 4})
	s.saved = nil
	if r.IntN(2) == 0 {
		run.weather.gather(r, maxFaults)
	}
	run.do()
}

// narrow is what the runner is to do of the run's plan; nil for all of it.
func (r *run) narrow() func(*planner.Plan) (*planner.Plan, []planner.Stale) {
	if r.saved == nil {
		return nil
	}
	return func(plan *planner.Plan) (*planner.Plan, []planner.Stale) { return plan.Intersect(r.saved.plan) }
}

// narrowed reports whether a saved plan left something undone, as the run says.
func (r *run) narrowed() bool { return len(r.Stale) > 0 || r.Partial }

// leftBySaved returns the paths here that a saved plan leaves alone.
func (r *run) leftBySaved() map[string]bool {
	left := map[string]bool{}
	if r.saved == nil {
		return left
	}
	for _, name := range r.selected() {
		left[name] = true
	}
	for _, a := range r.Plan.Actions {
		delete(left, string(a.Path))
	}
	return left
}

// auditSaved: a run of a saved plan does nothing that this plan does not have, and
// nothing to what is not as it was; what still is it does.
func (r *run) auditSaved() {
	planned := map[string]planner.Action{}
	for _, a := range r.saved.plan.Actions {
		planned[string(a.Path)] = a
	}
	does := map[string]bool{}
	for _, a := range r.Plan.Actions {
		if a.Kind == planner.CloudOnly {
			continue
		}
		does[string(a.Path)] = true
		at, name := fold(string(a.CloudPath)), string(a.Path)
		if a.Kind == planner.Moved {
			at = fold(string(a.From))
		}
		if then, ok := planned[name]; !ok || then.Kind != a.Kind || then.From != a.From {
			r.fail("%s %q is done, and the saved plan has %s", a.Kind, name, then.Kind)
		}
		if a.Kind != planner.Pruned && len(r.saved.here[name].content) != len(r.hereThen[name].content) {
			r.fail("%s %q is done, which has changed here since it was planned", a.Kind, name)
		}
		if r.saved.there[at].md5 != r.before.files[at].md5 {
			r.fail("%s %q is done, which has changed in the cloud since it was planned", a.Kind, name)
		}
	}
	for at, name := range r.want.changed {
		same := r.saved.here[name] == r.hereThen[name] && r.saved.there[at] == r.before.files[at]
		if r.saved.want.changed[at] == name && same && !does[name] {
			r.fail("%q is as it was planned to be replaced, and is left alone", name)
		}
	}
}
