package faults

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/planner"
)

// patience is far more than any run here may take: one that is still going on hangs.
const patience = 5 * time.Minute

var errHangs = errors.New("the run does not end")

// outcome is what came of a run, in its own words.
type outcome struct {
	plan    *planner.Plan
	summary *executor.Summary
	err     error
	named   map[string]error // what was not done, and why

	unproved map[string]bool // what a listing after the run does not show as it should be
}

// whole reports whether the run says that every file is in the cloud.
func (o outcome) whole() bool {
	return o.err == nil && o.plan.Check() == nil && len(o.plan.Problems) == 0 && o.summary.Unprotected() == 0 && len(o.unproved) == 0
}

// reason says why a file, or a folder that it is in, was not done; nil where nobody did.
func (o outcome) reason(path string) error {
	for {
		if err := o.named[path]; err != nil {
			return err
		}
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return nil
		}
		path = path[:i]
	}
}

// run plans, applies and proves, as the run command does, and audits what came of it.
func (l *lab) run() outcome {
	l.t.Helper()
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, errHangs)
	defer cancel()
	o := l.runQuietly(ctx)
	if errors.Is(o.err, errHangs) {
		l.t.Fatal(o.err)
	}
	l.audit(o)
	return o
}

func (l *lab) runQuietly(ctx context.Context) outcome {
	o := outcome{named: map[string]error{}, unproved: map[string]bool{}}
	if o.plan, o.err = planner.Build(ctx, l.spec, l.client, l.hasher); o.err != nil {
		return o
	}
	for _, p := range o.plan.Problems {
		for _, path := range append([]planner.RelPath{p.Path}, p.Twins...) {
			o.named[l.spell(string(path))] = errors.New(p.Reason)
		}
	}
	observe := func(e executor.Event) {
		if e.Err != nil {
			o.named[l.spell(string(e.Action.Path))] = e.Err
		}
	}
	o.summary, o.err = executor.Run(ctx, o.plan, l.client, executor.Options{
		Slots: executor.NewSlots(4), Hasher: l.hasher, Observe: observe, Grace: time.Minute,
	})
	if o.err == nil && o.plan.Pending() {
		o.err = l.prove(ctx, o)
	}
	return o
}

// prove plans once more: what is still to be done was not done, whatever the cloud
// answered to it.
func (l *lab) prove(ctx context.Context, o outcome) error {
	again, err := planner.Build(ctx, l.spec, l.client, l.hasher)
	if err != nil {
		return err
	}
	for _, action := range again.Actions {
		if action.Kind != planner.CloudOnly {
			o.unproved[l.spell(string(action.Path))] = true
		}
	}
	for path := range o.unproved {
		if o.named[path] == nil {
			o.named[path] = errors.New("not listed after the run")
		}
	}
	return nil
}

// mustRun is run where all must be well.
func (l *lab) mustRun() outcome {
	l.t.Helper()
	o := l.run()
	if !o.whole() {
		l.t.Fatalf("a run in fair weather: %v, %+v, %v", o.err, o.summary, o.named)
	}
	return o
}

// mustConverge ends all faults: then one run makes the cloud equal to the folder, and
// the run after it asks for one listing and sends nothing.
func (l *lab) mustConverge() {
	l.t.Helper()
	l.mustHaveStruck()
	l.door.calm()
	l.mustRun()
	if diff := cmp.Diff(l.walk(), l.cloud()); diff != "" {
		l.t.Fatalf("the cloud is not the folder (-folder +cloud):\n%s", diff)
	}
	l.mustBeIdle()
}

// mustBeIdle runs once more, with nothing to do.
func (l *lab) mustBeIdle() {
	l.t.Helper()
	l.server.ResetRequests()
	o := l.mustRun()
	requests := l.requests("")
	if len(requests) != 1 || requests[0].Route != "liststream" {
		l.t.Errorf("a run with nothing to do asked %+v, want one listing; it planned %+v", requests, o.plan.Actions)
	}
}

// mustHaveStruck removes the scripted faults, each of which must have had its effect.
func (l *lab) mustHaveStruck() {
	l.t.Helper()
	if unhit := l.server.UnhitFaults(); len(unhit) > 0 {
		l.t.Errorf("faults that never struck: %q", unhit)
	}
	l.server.ClearFaults()
}
