package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// lab is a job with a folder, a cloud and a memory.
type lab struct {
	t      *testing.T
	root   string
	cloud  *emulator.Server
	runner *Runner
	spec   planner.Spec
	ahead  atomic.Int64 // how many seconds the cloud's clock is
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, root: t.TempDir()}
	clock := func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load()) * time.Second) }
	server, err := emulator.Open(emulator.Options{Directory: t.TempDir(), Devices: []string{"mybox"}, NoSync: true, Now: clock})
	check(t, err)
	running, err := emulator.Start(server, "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, running.Close()) })
	client, err := jotta.New(jotta.Options{
		Endpoints: jotta.Endpoints{JFS: running.URL, API: running.URL}, Authorizer: jotta.BearerToken(jotta.Secret(server.Token())),
	})
	check(t, err)
	dir, err := state.Open(filepath.Join(t.TempDir(), "state"))
	check(t, err)
	t.Cleanup(func() { check(t, dir.Close()) })
	rules, err := planner.NewRules(nil)
	check(t, err)
	l.cloud = server
	l.runner = &Runner{
		Cloud: client, State: dir, Hasher: checksum.New(1), Slots: executor.NewSlots(2), Grace: time.Second,
		Reporter: silent{}, Now: func() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }, Program: "test",
	}
	l.spec = planner.Spec{
		Job: "job", Target: "/mybox/backup/job", Roots: []planner.RootSpec{{Root: planner.Root{Path: l.root}, Rules: rules}},
		Prune: planner.Prune{Mode: planner.PruneTrash, Max: planner.Limit{Files: 10}},
	}
	return l
}

func (l *lab) write(name, content string) {
	l.t.Helper()
	check(l.t, os.WriteFile(filepath.Join(l.root, name), []byte(content), 0o644))
}

func (l *lab) run() Outcome {
	l.t.Helper()
	return l.runner.Run(l.t.Context(), l.spec)
}

func (l *lab) cloudHolds(want ...string) {
	l.t.Helper()
	var got []string
	for _, f := range l.cloud.Tree("/mybox/backup/job") {
		got = append(got, f.Path)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		l.t.Errorf("the cloud holds %q, want %q", got, want)
	}
}

// last returns the newest record and the newest proof.
func (l *lab) last() (state.Record, *state.Proof) {
	l.t.Helper()
	runs, err := l.runner.State.History("job")
	check(l.t, err)
	if len(runs) == 0 {
		l.t.Fatal("no run is remembered")
	}
	proof, err := l.runner.State.LastProof("job", string(l.spec.Target))
	check(l.t, err)
	return runs[len(runs)-1], proof
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// silent is a Reporter that says nothing.
type silent struct{}

func (silent) Waiting(string, *state.LockedError)           {}
func (silent) Planned(*planner.Plan)                        {}
func (silent) Stale(*planner.Plan, []planner.Stale)         {}
func (silent) Back(*planner.Plan, []planner.Stale)          {}
func (silent) Proved(*planner.Plan, *planner.Proof)         {}
func (silent) Uploading(*planner.Plan) func(executor.Event) { return nil }
func (silent) Pruning(*planner.Plan) func(executor.Event)   { return nil }

func TestRunIsRemembered(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "one")
	l.write("b", "two")
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	record, proof := l.last()
	if record.Verdict != state.VerdictProtected || record.Uploaded != 2 || record.Seen != 2 || record.Program != "test" {
		t.Errorf("remembered is %+v", record)
	}
	if proof == nil || proof.Files != 2 || proof.Bytes != 6 || len(proof.Roots) != 1 || proof.Roots[0].Files != 2 {
		t.Errorf("the proof is %+v", proof)
	}
	// Where nothing had to change, the first listing is the proof.
	if o := l.run(); !o.Whole() || o.Proof != nil {
		t.Errorf("the second run: %+v", o)
	}
	if record, proof := l.last(); record.Proof == nil || proof.Files != 2 || record.Uploaded != 0 {
		t.Errorf("remembered is %+v", record)
	}
}

// Nothing is pruned where a file could not be brought to the cloud, and there is no
// proof; once it can, both come.
func TestNoPruningAfterAFailure(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("stays", "content")
	l.write("goes", "more content")
	l.run()
	check(t, os.Remove(filepath.Join(l.root, "goes")))
	l.write("poison", "poison")
	l.cloud.Inject(emulator.Fault{Route: "allocate", Path: "poison", Status: 403, Times: 10})
	o := l.run()
	if o.Whole() || o.Pruning != nil || o.Plan.Counts.Pruned != 1 {
		t.Errorf("with a failure: %+v, planned %+v", o, o.Plan.Counts)
	}
	l.cloudHolds("goes", "stays")
	if record, proof := l.last(); record.Verdict != state.VerdictUnprotected || record.Proof != nil || proof.Files != 2 {
		t.Errorf("remembered is %+v, the proof before it %+v", record, proof)
	}
	l.cloud.ClearFaults()
	if o := l.run(); !o.Whole() || o.Pruning == nil || o.Pruning.Files != 1 {
		t.Errorf("after it: %+v", o)
	}
	l.cloudHolds("poison", "stays")
	if record, _ := l.last(); record.Pruned != 1 || record.Proof == nil || record.Proof.Files != 2 {
		t.Errorf("remembered is %+v", record)
	}
}

// meddling is a Reporter that does something once the uploads are proved.
type meddling struct {
	silent
	meddle func()
}

func (m meddling) Proved(*planner.Plan, *planner.Proof) { m.meddle() }

// A file that is back by the time that it would be pruned stays, also under a name
// that differs in case; and nothing goes once the root has.
func TestNoPruningOfWhatIsBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		meddle func(l *lab)
		keeps  []string
		broken bool
	}{
		{"nothing happens", func(*lab) {}, []string{"stays"}, false},
		{"it is back", func(l *lab) { l.write("goes", "back") }, []string{"goes", "stays"}, false},
		{"it is back in another case", func(l *lab) { l.write("GOES", "back") }, []string{"goes", "stays"}, false},
		{"another is back", func(l *lab) { l.write("went", "back") }, []string{"stays"}, false},
		{"the root is gone", func(l *lab) { check(l.t, os.Rename(l.root, l.root+"-away")) }, []string{"goes", "stays"}, true},
		{"the root is another", func(l *lab) {
			check(l.t, os.Rename(l.root, l.root+"-away"))
			check(l.t, os.Mkdir(l.root, 0o755))
		}, []string{"goes", "stays"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.write("stays", "content")
			l.write("goes", "more content")
			l.run()
			check(t, os.Remove(filepath.Join(l.root, "goes")))
			once := sync.OnceFunc(func() { tt.meddle(l) })
			l.runner.Reporter = meddling{meddle: once}
			o := l.run()
			if tt.broken != errors.Is(o.Err, planner.ErrRefused) {
				t.Errorf("%v", o.Err)
			}
			l.cloudHolds(tt.keeps...)
		})
	}
}

// A job without a proof on this very target is not pruned, whatever was proved
// elsewhere.
func TestNoPruningOnAnotherTarget(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "one")
	l.run()
	_, err := l.runner.Cloud.Upload(t.Context(), jotta.Upload{
		Path: "/mybox/backup/other/foreign", Size: 0, MD5: md5OfNothing(t), Content: emptyContent{},
	})
	check(t, err)
	l.spec.Target = "/mybox/backup/other"
	if o := l.run(); o.Plan.Counts.Pruned != 0 || o.Plan.HeldBack == "" || !o.Whole() {
		t.Errorf("on another target: %+v, %q", o.Plan.Counts, o.Plan.HeldBack)
	}
}

// What leaves something of the plan out proves nothing.
func TestNarrowedRunProvesNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("a", "one")
	l.write("b", "two")
	l.runner.Narrow = func(p *planner.Plan) (*planner.Plan, []planner.Stale) {
		saved := *p
		saved.Actions = p.Actions[:1]
		return p.Intersect(&saved)
	}
	if o := l.run(); o.Whole() || !o.Partial || o.Summary.Uploaded != 1 {
		t.Errorf("%+v", o)
	}
	l.cloudHolds("a")
	if record, proof := l.last(); record.Proof != nil || proof != nil {
		t.Errorf("remembered is %+v", record)
	}
}

func TestRefusedAndInterruptedRuns(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	check(t, os.Remove(l.root))
	if o := l.run(); o.Whole() || !errors.Is(o.Plan.Check(), planner.ErrRefused) {
		t.Errorf("without a root: %+v", o)
	}
	if record, _ := l.last(); record.Verdict != state.VerdictRefused {
		t.Errorf("remembered is %+v", record)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	cancel(interrupted)
	if o := l.runner.Run(ctx, l.spec); !errors.Is(o.Err, interrupted) || o.Whole() {
		t.Errorf("interrupted: %+v", o)
	}
}

// A few files that vanish are the bustle of a live folder; most of many are a disk that
// went away.
func TestMassVanishingIsNoNote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pending, vanished, unprotected int }{{20, 10, 0}, {20, 11, 11}, {100, 50, 0}, {100, 51, 51}} {
		o := Outcome{Plan: &planner.Plan{}, Summary: &executor.Summary{
			Pending: tt.pending, Skipped: tt.vanished, Vanished: tt.vanished, Uploaded: tt.pending - tt.vanished,
		}}
		if got := o.Unprotected(); got != tt.unprotected || o.Whole() != (tt.unprotected == 0) {
			t.Errorf("%d of %d vanished: %d unprotected, want %d", tt.vanished, tt.pending, got, tt.unprotected)
		}
	}
}

type emptyContent struct{}

func (emptyContent) ReadAt([]byte, int64) (int, error) {
	return 0, errors.New("there is nothing to read")
}

func md5OfNothing(t *testing.T) jotta.MD5 {
	t.Helper()
	sum, err := jotta.ParseMD5("d41d8cd98f00b204e9800998ecf8427e")
	check(t, err)
	return sum
}

// What did not come true is remembered by name and reason, and what was replaced too.
func TestTroublesAreRemembered(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("replaced", "one")
	l.run()
	l.write("replaced", "other")
	l.write("poison", "poison")
	l.cloud.Inject(emulator.Fault{Route: "allocate", Path: "poison", Status: 403, Times: 10})
	l.run()
	record, _ := l.last()
	if len(record.Problems) != 1 || record.Problems[0].Path != "poison" || !strings.Contains(record.Problems[0].Reason, "403") {
		t.Errorf("the problems are %+v", record.Problems)
	}
	if !slices.Equal(record.Rewritten, []string{"replaced"}) || len(record.PlanDigest) != 32 {
		t.Errorf("remembered is %+v", record)
	}
	l.cloud.Inject(emulator.Fault{Route: "liststream", Status: 403})
	l.run()
	if record, _ := l.last(); !strings.Contains(record.Cause, "list") || record.Verdict != state.VerdictBrokenOff {
		t.Errorf("remembered is %+v", record)
	}
}
