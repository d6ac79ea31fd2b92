package model

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// meddle has the other device, or somebody here, come in between.
func (r *run) meddle(dice *rand.Rand) {
	for range 1 + dice.IntN(2) {
		stage := pick(dice, stages())
		r.meddling[stage] = func() {
			if dice.IntN(4) == 0 {
				r.localToo = true
				before := maps.Clone(r.here.nodes)
				defer func() {
					r.noteBack(stage, before)
					r.rememberSelected()
				}()
				pick(dice, []func(*sequence, *rand.Rand){(*sequence).writeNew, (*sequence).rewrite, (*sequence).appendTo, (*sequence).deleteOne})(r.sequence, dice)
				return
			}
			r.otherTouches(dice)
		}
	}
}

func (r *run) otherTouches(dice *rand.Rand) {
	name, content := somePath(dice), someContent(dice)
	if files := r.thereFiles(); len(files) > 0 && dice.IntN(4) > 0 {
		file := pick(dice, files)
		if name = file.name; dice.IntN(3) == 0 {
			content = r.contents[file.md5] // it is only touched
		}
	}
	_, isFolder := r.before.folders[fold(name)]
	if dice.IntN(3) == 0 && !isFolder {
		err := r.otherTrashes(name, false)
		r.log("meanwhile another device trashes %q: %v", name, err)
		if err == nil { // it may have become a folder
			r.touch(name, "")
		}
		return
	}
	if r.otherPuts(name, content) {
		r.touch(name, sum(content))
	}
}

// noteBack remembers what came to be here in time to be seen before the pruning.
func (r *run) noteBack(stage string, before map[string]node) {
	if stage == "proved" || stage == "pruning" {
		return
	}
	for name := range r.here.nodes {
		if _, was := before[name]; !was {
			r.back[fold(name)] = true
		}
	}
}

func (r *run) touch(name, md5 string) {
	if r.proofs == 0 {
		r.touchedEarly[fold(name)] = true
	}
	r.touched[fold(name)] = append(r.touched[fold(name)], md5)
	r.lastTouch[fold(name)] = md5
	r.wasOnce[fold(name)] = true
}

// at lets happen what was to happen at a stage, once. Where somebody is to meddle, one
// file is in flight at a time: nothing else goes on meanwhile.
func (r *run) at(stage string) {
	if len(r.meddling) == 0 || r.meddling[stage] == nil {
		return
	}
	r.edits["@ "+stage] = true
	r.weather.calm(r.meddling[stage])
	r.meddling[stage] = nil
}

// reporter hears of the phases of a run, between which somebody may meddle.
type reporter struct{ run *run }

func (p reporter) Planned(plan *planner.Plan) {
	if plan.Check() == nil && plan.Pending() {
		p.run.at("planned")
	}
}

func (p reporter) Stale(_ *planner.Plan, stale []planner.Stale) {
	for _, s := range stale {
		p.run.named[string(s.Path)] = errors.New(s.Reason)
	}
}

func (p reporter) Uploading(*planner.Plan) func(executor.Event) {
	return func(e executor.Event) {
		if e.Err != nil && e.Action != nil { // that of the last event is no file's
			p.run.named[string(e.Action.Path)] = e.Err
		}
	}
}

func (p reporter) Proved(*planner.Plan, *planner.Proof) { p.run.proofs++ }

func (p reporter) Waiting(string, *state.LockedError) {}

func (p reporter) Back(*planner.Plan, []planner.Stale) {}

func (p reporter) Pruning(*planner.Plan) func(executor.Event) {
	p.run.at("proved")
	p.run.prunes = true
	return func(executor.Event) {}
}

// meddledCloud is the cloud of a run that somebody comes in between.
type meddledCloud struct {
	backup.Cloud
	run   *run
	lists int
}

func (c *meddledCloud) List(ctx context.Context, path jotta.Path) (*jotta.Listing, error) {
	if c.lists++; c.lists == 2 {
		c.run.at("uploaded")
	}
	return c.Cloud.List(ctx, path)
}

func (c *meddledCloud) Upload(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
	c.run.at("uploading")
	return c.Cloud.Upload(ctx, u)
}

func (c *meddledCloud) Stat(ctx context.Context, path jotta.Path) (jotta.RemoteFile, error) {
	if c.run.prunes { // a move looks, too
		c.run.at("pruning")
	}
	return c.Cloud.Stat(ctx, path)
}
