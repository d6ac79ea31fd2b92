package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/planner"
)

// patience is far more than a run here may take.
const patience = 2 * time.Minute

// run is one run of the job, and all that happened to it.
type run struct {
	*sequence
	backup.Outcome

	want         *want
	before       snapshot
	hereThen     map[string]node // the folder as it was planned from
	weather      *weather
	meddling     map[string]func()   // by stage
	touched      map[string][]string // folded paths -> MD5s that the other device put there meanwhile; "" where it deleted
	lastTouch    map[string]string   // what it left there in the end
	proofs       int
	touchedEarly map[string]bool  // those of the touched that the first proof could see
	back         map[string]bool  // folded paths that came to be here meanwhile, before the pruning
	prunes       bool             // the pruning has begun
	localToo     bool             // the folder was edited meanwhile
	named        map[string]error // what was not done, and why
	slots        int
	saved        *savedPlan    // only what still holds of it is done; nil: all
	killAfter    time.Duration // 0: it lives
	killed       bool
	verdict      string // of a process
}

// stages are the moments of a run at which somebody may meddle.
func stages() []string { return []string{"planned", "uploading", "uploaded", "proved", "pruning"} }

// runInWeather is a run as anything may happen to it.
func (s *sequence) runInWeather(r *rand.Rand) {
	s.mayRead(s.newRun)
	run := s.newRun()
	run.slots = pick(r, []int{1, 4})
	switch {
	case s.program != "":
		run.gatherForProcess(r)
	case r.IntN(3) == 0:
		run.meddle(r)
		run.slots = 1
		fallthrough
	default:
		if r.IntN(2) == 0 {
			run.weather.gather(r, maxFaults)
		}
	}
	run.do()
}

// newRun looks at both sides and finds out what has to be planned.
func (s *sequence) newRun() *run {
	there, err := s.wire.snapshot()
	s.must(err)
	s.must(s.here.sameAsDisk())
	r := &run{
		sequence: s, before: there, weather: newWeather(s.server), meddling: map[string]func(){}, touched: map[string][]string{}, lastTouch: map[string]string{}, back: map[string]bool{}, touchedEarly: map[string]bool{},
		named: map[string]error{}, hereThen: map[string]node{}, slots: 4,
		want: newWant(s.job, s.here, there, s.known),
	}
	for name, n := range s.here.nodes {
		r.hereThen[name] = n
	}
	r.rememberSelected()
	for at := range there.files {
		s.wasOnce[at] = true
	}
	for at := range there.folders {
		s.wasOnce[at] = true
	}
	return r
}

// rememberSelected notes what the files that the job selects hold now, also where the cloud
// has another name for them.
func (r *run) rememberSelected() {
	for at, name := range r.selected() {
		if file, still := r.here.nodes[name]; still {
			r.remember(at, file.content)
		}
	}
}

// mayRead plans twice, in fair weather, and holds the plan against the model's and both
// against each other: a plan changes nothing.
func (s *sequence) mayRead(newRun func() *run) {
	r := newRun()
	s.server.ResetRequests()
	var texts [2]string
	for i := range texts {
		if r.Plan, r.Err = s.build(context.Background()); r.Err != nil {
			s.fail("plan: %v", r.Err)
			return
		}
		texts[i] = describe(r.Plan)
	}
	if texts[0] != texts[1] {
		s.fail("two plans of the same differ: %s\n%s", texts[0], texts[1])
	}
	r.auditPlan()
	for _, request := range s.server.Requests() {
		if request.Method != "GET" {
			s.fail("a plan asked %s %s", request.Method, request.Path)
		}
	}
	if after, err := s.wire.snapshot(); err != nil || !slices.Equal(lines(r.before), lines(after)) {
		s.fail("a plan has changed the cloud: %v", err)
	}
}

func (s *sequence) planOnly(*rand.Rand) { s.mayRead(s.newRun) }

// do runs the job and audits what came of it.
func (r *run) do() {
	r.log("%+v", r.job)
	r.apply()
	r.weather.clear()
	r.log("struck by %v: %s", keys(r.weather.struck), r.words())
	if r.Whole() {
		r.known = r.want.files
	}
	r.audit()
	for at, name := range r.selected() {
		if r.named[name] != nil {
			r.begun[at] = true
		}
	}
	r.job.acceptEmpty = false
	clear(r.edits)
}

// apply has the program run, in this process or in one of its own.
func (r *run) apply() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if r.program != "" {
		r.runProcess(ctx)
		return
	}
	r.server.ResetRequests()
	runner := &backup.Runner{
		Cloud: &meddledCloud{Cloud: r.client, run: r}, State: r.state, Hasher: r.hasher, Slots: executor.NewSlots(r.slots),
		Grace: time.Minute, Reporter: reporter{r}, Now: time.Now, Narrow: r.narrow(),
	}
	spec, err := r.spec()
	r.must(err)
	r.Outcome = runner.Run(ctx, spec)
	if ctx.Err() != nil {
		r.fail("the run hangs")
	}
}

func (s *sequence) build(ctx context.Context) (*planner.Plan, error) {
	if s.program != "" {
		return s.planProcess(ctx)
	}
	spec, err := s.spec()
	if err != nil {
		return nil, err
	}
	return backup.Memory{State: s.state, Now: time.Now}.Plan(ctx, spec, s.client, s.hasher)
}

func (s *sequence) spec() (planner.Spec, error) {
	var patterns []planner.Rule
	for _, p := range s.job.patterns() {
		patterns = append(patterns, planner.Rule{Pattern: p, Source: "the model"})
	}
	rules, err := planner.NewRules(patterns)
	return planner.Spec{
		Job: jobName, Target: target, AcceptEmpty: s.job.acceptEmpty, RenameTwins: s.job.rename,
		Roots: []planner.RootSpec{{Root: planner.Root{Path: s.here.root}, Rules: rules}},
		Prune: planner.Prune{
			Mode: planner.PruneMode(s.job.prune), Excluded: s.job.pruneExcluded,
			Max: planner.Limit{Files: int64(s.job.maxFiles), Share: s.job.maxShare},
		},
	}, err
}

// words are what the run says of itself.
func (r *run) words() string {
	text := fmt.Sprintf("whole: %v, %v", r.Whole(), r.Err)
	if r.Plan != nil {
		text += "; " + describe(r.Plan)
	}
	if r.Summary != nil {
		text += fmt.Sprintf("; %+v", *r.Summary)
	}
	if r.Proof != nil {
		text += fmt.Sprintf("; proof %+v", *r.Proof)
	}
	if r.Pruning != nil {
		text += fmt.Sprintf("; pruning %+v", *r.Pruning)
	}
	for _, name := range keys(r.named) {
		text += fmt.Sprintf("; %q: %v", name, r.named[name])
	}
	return text
}

// describe is a plan on one line.
func describe(p *planner.Plan) string {
	var b strings.Builder
	for _, refusal := range p.Refusals {
		fmt.Fprintf(&b, " refused: %s", refusal.Reason)
	}
	for _, a := range p.Actions {
		fmt.Fprintf(&b, " %s %q>%q<%q", a.Kind, a.Path, a.CloudPath, a.From)
	}
	for _, problem := range p.Problems {
		fmt.Fprintf(&b, " problem %q%q: %s", problem.Path, problem.Twins, problem.Reason)
	}
	counts := p.Counts
	counts.ReadBytes, counts.CachedBytes = 0, 0 // the one becomes the other
	return fmt.Sprintf("%s %+v %q", b.String(), counts, p.HeldBack)
}
