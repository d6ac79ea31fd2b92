package executor

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

const target = jotta.Path("/mybox/backup/job")

// lab is a folder, a cloud, and the client between them.
type lab struct {
	t      *testing.T
	root   string
	server *emulator.Server
	client *jotta.Client
	prune  planner.Prune
	times  bool
}

func newLab(t *testing.T) *lab {
	t.Helper()
	server, err := emulator.Open(emulator.Options{Directory: t.TempDir(), Devices: []string{"mybox"}, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	running, err := emulator.Start(server, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := jotta.New(jotta.Options{
		Endpoints:  jotta.Endpoints{JFS: running.URL, API: running.URL},
		Authorizer: jotta.BearerToken(jotta.Secret(server.Token())),
		Retries:    3, Clock: noWaiting{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if unhit := server.UnhitFaults(); len(unhit) > 0 {
			t.Errorf("faults that never struck: %q", unhit)
		}
		client.Close()
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	return &lab{t: t, root: t.TempDir(), server: server, client: client}
}

// noWaiting is a clock by which back-off takes no time.
type noWaiting struct{}

func (noWaiting) Now() time.Time { return time.Now() }

func (noWaiting) Sleep(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }

func (l *lab) path(name string) string { return filepath.Join(l.root, filepath.FromSlash(name)) }

func (l *lab) write(name, content string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(name), []byte(content), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// plan compares the folder with the cloud.
func (l *lab) plan() *planner.Plan {
	l.t.Helper()
	rules, err := planner.NewRules(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	plan, err := planner.Build(l.t.Context(), planner.Spec{
		Job: "job", Target: target, Prune: l.prune, UpdateTimes: l.times, Known: &planner.Known{},
		Roots: []planner.RootSpec{{Root: planner.Root{Path: l.root}, Rules: rules}},
	}, l.client, checksum.New(2))
	if err != nil {
		l.t.Fatal(err)
	}
	return plan
}

func (l *lab) options() Options {
	return Options{Slots: NewSlots(4), Hasher: checksum.New(2), Grace: time.Minute}
}

// apply plans and runs, and checks what holds for every run.
func (l *lab) apply(cloud Cloud, options Options) (*Summary, *witness, error) {
	l.t.Helper()
	return applyPlan(l.t.Context(), l.t, l.plan(), cloud, options)
}

func applyPlan(ctx context.Context, t *testing.T, plan *planner.Plan, cloud Cloud, options Options) (*Summary, *witness, error) {
	t.Helper()
	w := &witness{t: t, last: map[*planner.Action]Event{}, sent: map[*planner.Action]int64{}}
	options.Observe = w.observe
	summary, err := Run(ctx, plan, cloud, options)
	w.check(plan, summary)
	if fmt.Sprint(w.ended) != fmt.Sprint(err) {
		t.Errorf("finished with %v, returned %v", w.ended, err)
	}
	return summary, w, err
}

// mustApply is apply where nothing may stand in the way.
func (l *lab) mustApply() *Summary {
	l.t.Helper()
	summary, w, err := l.apply(l.client, l.options())
	if err != nil || summary.Unprotected() != 0 {
		l.t.Fatalf("%v, %+v, %v", err, summary, w.reasons())
	}
	return summary
}

// cloud returns the MD5 of every file of the job in the cloud.
func (l *lab) cloud() map[string]string {
	held := map[string]string{}
	for _, f := range l.server.Tree(string(target)) {
		held[f.Path] = f.MD5
	}
	return held
}

func (l *lab) mustHold(want map[string]string) {
	l.t.Helper()
	sums := map[string]string{}
	for name, content := range want {
		sums[name] = sumOf(content)
	}
	if diff := cmp.Diff(sums, l.cloud()); diff != "" {
		l.t.Errorf("cloud (-want +got):\n%s", diff)
	}
}

// mustConverge runs once more, undisturbed: then the cloud holds what the folder
// does, and there is nothing left to do.
func (l *lab) mustConverge() {
	l.t.Helper()
	l.server.ClearFaults()
	l.mustApply()
	if plan := l.plan(); plan.Pending() || len(plan.Problems) > 0 {
		l.t.Errorf("after an undisturbed run there is more to do: %+v, %+v", plan.Counts, plan.Problems)
	}
}

// requests counts the requests of a route.
func (l *lab) requests(route string) (n int) {
	for _, r := range l.server.Requests() {
		if r.Route == route {
			n++
		}
	}
	return n
}

func sumOf(content string) string { return fmt.Sprintf("%x", md5.Sum([]byte(content))) }

// witness observes a run and holds it to the contract of its events.
type witness struct {
	t        *testing.T
	busy     atomic.Int32
	last     map[*planner.Action]Event
	sent     map[*planner.Action]int64
	finished *Summary
	ended    error // that finished came with
}

func (w *witness) observe(e Event) {
	if w.busy.Add(1) != 1 {
		w.t.Error("two events at once")
	}
	defer w.busy.Add(-1)
	if w.finished != nil {
		w.t.Errorf("%s after finished", e.Type)
	}
	if e.Type == Finished {
		w.finished, w.ended = e.Summary, e.Err
		return
	}
	before, seen := w.last[e.Action]
	running := seen && (before.Type == Started || before.Type == Sent)
	switch e.Type {
	case Started:
		if seen {
			w.t.Errorf("%q: started after %s", e.Action.Path, before.Type)
		}
	case Skipped:
		if seen && !running {
			w.t.Errorf("%q: skipped after %s", e.Action.Path, before.Type)
		}
	default:
		if !running {
			w.t.Errorf("%q: %s after %q", e.Action.Path, e.Type, before.Type)
		}
	}
	if e.Type == Sent {
		w.sent[e.Action] += e.Bytes
	}
	w.last[e.Action] = e
}

// check holds what was observed against the summary.
func (w *witness) check(plan *planner.Plan, s *Summary) {
	w.t.Helper()
	if w.finished != s || s == nil {
		w.t.Fatalf("finished with %v, returned %v", w.finished, s)
	}
	var got Summary
	for i := range plan.Actions {
		action := &plan.Actions[i]
		e, seen := w.last[action]
		if pending := action.Kind.Writes(); seen != pending {
			w.t.Errorf("%q (%s): has events: %v", action.Path, action.Kind, seen)
		}
		switch e.Type {
		case Done:
			if sent := w.sent[action]; sent != e.Bytes && sent != 0 {
				w.t.Errorf("%q is done with %d bytes, of which %d were sent", action.Path, e.Bytes, sent)
			}
			got.Uploaded, got.Bytes = got.Uploaded+1, got.Bytes+e.Bytes
			if !slices.ContainsFunc(s.Stored, func(stored planner.Stored) bool {
				return stored.Path == action.Path && stored.CloudPath == action.CloudPath && (stored.Size == e.Bytes || action.Kind == planner.Moved || action.Kind == planner.Retimed) && stored.MD5.Known()
			}) {
				w.t.Errorf("%q is done, but not among what was stored", action.Path)
			}
		case Failed:
			got.Failed++
		case Skipped:
			got.Skipped++
		}
	}
	want := Summary{Uploaded: s.Uploaded + s.Replaced + s.Moved + s.Retimed, Failed: s.Failed, Skipped: s.Skipped, Bytes: s.Bytes}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("summary and events (-summary +events):\n%s", diff)
	}
	if len(s.Stored) != s.Uploaded+s.Replaced+s.Moved+s.Retimed {
		w.t.Errorf("%d files are said to be stored: %+v", len(s.Stored), s)
	}
	if pending := plan.Counts.Writes(); s.Uploaded+s.Replaced+s.Moved+s.Retimed+s.Skipped+s.Failed != pending {
		w.t.Errorf("%d were pending: %+v", pending, s)
	}
}

// event returns what an action came to.
func (w *witness) event(name string) Event {
	for action, e := range w.last {
		if string(action.Path) == name {
			return e
		}
	}
	w.t.Errorf("%q had no event", name)
	return Event{}
}

// reasons names what was not done, and why.
func (w *witness) reasons() []string {
	var all []string
	for action, e := range w.last {
		if e.Err != nil {
			all = append(all, fmt.Sprintf("%s: %v", action.Path, e.Err))
		}
	}
	return all
}

// mustSay checks that an action ended so, for this reason.
func (w *witness) mustSay(name string, want EventType, words string) {
	w.t.Helper()
	if e := w.event(name); e.Type != want || e.Err == nil || !strings.Contains(e.Err.Error(), words) {
		w.t.Errorf("%q: %s, %v; want %s, %s", name, e.Type, e.Err, want, words)
	}
}

// cloudFunc is a Cloud by one function, which knows no backupdirs and moves nothing.
type cloudFunc func(context.Context, jotta.Upload) (jotta.Uploaded, error)

func (f cloudFunc) CreateBackupdir(context.Context, jotta.Path) error { return nil }

func (f cloudFunc) Stat(context.Context, jotta.Path) (jotta.RemoteFile, error) {
	return jotta.RemoteFile{}, jotta.ErrNotFound
}

func (f cloudFunc) Move(context.Context, jotta.Path, jotta.Path) error {
	return errors.New("this cloud moves nothing")
}

func (f cloudFunc) Versions(context.Context, jotta.Path) ([]jotta.Version, error) {
	return nil, jotta.ErrNotFound
}

func (f cloudFunc) Link(context.Context, jotta.Path, jotta.Version) error {
	return jotta.ErrNotLinked
}

func (f cloudFunc) Upload(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
	return f(ctx, u)
}
