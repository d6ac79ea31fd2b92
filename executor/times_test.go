package executor

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

var (
	first  = time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	second = time.Date(2025, 1, 2, 3, 4, 5, 600, time.UTC)
)

// newTimesLab has files in the cloud, as of first, that have been touched since.
func newTimesLab(t *testing.T, names ...string) *lab {
	l := newLab(t)
	l.times = true
	for _, name := range names {
		l.write(name, name)
		l.touch(name, first)
	}
	l.mustApply()
	for _, name := range names {
		l.touch(name, second)
	}
	return l
}

func (l *lab) touch(name string, at time.Time) {
	l.t.Helper()
	if err := os.Chtimes(l.path(name), at, at); err != nil {
		l.t.Fatal(err)
	}
}

// current returns the version that the cloud has of a file.
func (l *lab) current(name string) jotta.Version {
	l.t.Helper()
	versions, err := l.client.Versions(l.t.Context(), target.Join(name))
	if err != nil || len(versions) != 1 {
		l.t.Fatalf("%q has %d versions, %v", name, len(versions), err)
	}
	return versions[0]
}

// A time is sent without the content; when the file was created stays.
func TestTimesAreSet(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t, "a", "b/c", "empty")
	plan := l.plan()
	l.server.ResetRequests()
	summary, _, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil || summary.Unprotected() != 0 {
		t.Errorf("%v, %d unprotected", err, summary.Unprotected())
	}
	wantSummary(t, summary, Summary{Retimed: 3})
	for _, name := range []string{"a", "b/c", "empty"} {
		v := l.current(name)
		got := []time.Time{v.Created, v.Modified}
		if diff := cmp.Diff([]time.Time{first.Truncate(time.Second), second.Truncate(time.Second)}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
	if n := l.requests("allocate") + l.requests("upload"); n != 0 {
		t.Errorf("%d uploads", n)
	}
	proof, _, err := planner.Prove(t.Context(), plan, summary.Stored, l.client)
	if err != nil || proof.Files != 3 || proof.Bytes != 9 || len(proof.Missing)+len(proof.Untimed) != 0 {
		t.Errorf("%+v, %v", proof, err)
	}
	l.mustConverge()
}

// What the cloud has by now may be newer than what is here.
func TestTimesOfWhatHasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t, "gone", "other", "stays", "touched")
	plan := l.plan()
	touched := uploadOf(target.Join("touched"), "touched")
	touched.Modified = first.Add(time.Hour)
	for _, upload := range []jotta.Upload{touched, uploadOf(target.Join("other"), "other content")} {
		if _, err := l.client.Upload(t.Context(), upload); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.client.Trash(t.Context(), target.Join("gone")); err != nil {
		t.Fatal(err)
	}
	summary, w, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil || summary.Unprotected() != 0 {
		t.Errorf("%v, %d unprotected", err, summary.Unprotected())
	}
	wantSummary(t, summary, Summary{Retimed: 1, Skipped: 3, Untimed: 3})
	for _, name := range []string{"gone", "other", "touched"} {
		w.mustSay(name, Skipped, ErrTouched.Error())
	}
	proof, _, err := planner.Prove(t.Context(), plan, summary.Stored, l.client)
	if err != nil || proof.Files != 2 || len(proof.Missing) != 2 { // what was unchanged has to be there still
		t.Errorf("%+v, %v", proof, err)
	}
	l.mustHold(map[string]string{"other": "other content", "stays": "stays", "touched": "touched"})
}

func TestTimesThatCannotBeSet(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t, "fails", "is set")
	l.server.Inject(emulator.Fault{Route: "cphash", Path: "fails", Status: 409})
	summary, w, err := l.apply(l.client, l.options())
	if err != nil || summary.Unprotected() != 0 {
		t.Errorf("%v, %d unprotected", err, summary.Unprotected())
	}
	wantSummary(t, summary, Summary{Retimed: 1, Failed: 1, Untimed: 1})
	w.mustSay("fails", Failed, "set time: ")
	l.mustConverge()
}

// A server that sets no times is asked once.
func TestServerThatSetsNoTimes(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t, "a", "b", "c", "d", "e")
	l.write("new", "new")
	l.server.Inject(emulator.Fault{Route: "cphash", Status: 405})
	l.server.ResetRequests()
	options := l.options()
	options.Slots = NewSlots(1)
	summary, w, err := l.apply(l.client, options)
	if err != nil || summary.Unprotected() != 0 {
		t.Errorf("%v, %d unprotected", err, summary.Unprotected())
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Bytes: 3, SentBytes: 3, Skipped: 5, Untimed: 5, NoTimes: 5})
	w.mustSay("e", Skipped, ErrNoTimes.Error())
	if n := l.requests("cphash"); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// A service that says yes and does nothing is found out by the proof.
func TestTimesThatAreNotKept(t *testing.T) {
	t.Parallel()
	l := newTimesLab(t, "a", "b")
	plan := l.plan()
	summary, _, err := applyPlan(t.Context(), t, plan, deaf{l.client}, l.options())
	if err != nil {
		t.Fatal(err)
	}
	wantSummary(t, summary, Summary{Retimed: 2})
	proof, _, err := planner.Prove(t.Context(), plan, summary.Stored, l.client)
	if err != nil || proof.Files != 2 || len(proof.Missing) != 0 || len(proof.Untimed) != 2 {
		t.Errorf("%+v, %v", proof, err)
	}
}

// deaf is a cloud that sets no time and says that it does.
type deaf struct{ Cloud }

func (deaf) Link(context.Context, jotta.Path, jotta.Version) error { return nil }
