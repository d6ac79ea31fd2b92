package backup

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// logbook notes in which order jobs are planned and applied, and lets the first one go on
// only when the second is planned.
type logbook struct {
	silent
	Cloud
	second chan struct{}

	once  sync.Once
	mu    sync.Mutex
	lines []string
}

func (l *logbook) note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *logbook) Planned(plan *planner.Plan) { l.note("planned " + plan.Job) }

func (l *logbook) List(ctx context.Context, path jotta.Path) (*jotta.Listing, error) {
	l.note("list " + string(path))
	if path == "/mybox/backup/2" {
		l.once.Do(func() { close(l.second) })
	}
	return l.Cloud.List(ctx, path)
}

func (l *logbook) Upload(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
	if u.Path == "/mybox/backup/1/file" {
		<-l.second
	}
	l.note("upload " + string(u.Path))
	return l.Cloud.Upload(ctx, u)
}

// While a job is uploaded the next one is planned, and no more than that.
func TestTheNextJobIsPlannedWhileOneIsUploaded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("file", "content")
	book := &logbook{Cloud: l.runner.Cloud, second: make(chan struct{})}
	l.runner.Cloud, l.runner.Reporter = book, book
	turns := NewTurns(1)
	var jobs conc.WaitGroup
	for _, job := range []string{"1", "2", "3"} {
		spec := l.spec
		spec.Job, spec.Target = job, jotta.Path("/mybox/backup/"+job)
		turn := turns.Next()
		jobs.Go(func() {
			defer turn.End()
			if o := l.runner.RunInTurn(t.Context(), spec, turn); !o.Whole() {
				t.Errorf("job %s: %+v", job, o)
			}
		})
	}
	jobs.Wait()
	at := func(line string) int { return slices.Index(book.lines, line) }
	if at("list /mybox/backup/2") > at("upload /mybox/backup/1/file") || at("list /mybox/backup/3") < at("planned 1") ||
		at("upload /mybox/backup/2/file") > at("upload /mybox/backup/3/file") || len(book.lines) != 12 {
		t.Errorf("what happened: %q", book.lines)
	}
}

// A job that is planned, and may not be applied any more, gives its turn back.
func TestATurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	turns := NewTurns(0)
	first := turns.Next()
	if err := first.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	second := turns.Next()
	if err := second.apply(ctx); !errors.Is(err, enough) {
		t.Errorf("it was applied: %v", err)
	}
	second.End()
	first.End()
	if len(turns.planning)+len(turns.applying) != 0 {
		t.Error("a turn was not given back")
	}
	if err := (*Turn)(nil).apply(ctx); err != nil {
		t.Errorf("no turn: %v", err)
	}
}

// longWait is a cloud in which the first job takes long, while files change.
type longWait struct {
	*logbook
	meanwhile func()
}

func (l longWait) Upload(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
	if u.Path == "/mybox/backup/1/file" {
		<-l.second
		l.meanwhile()
	}
	return l.Cloud.Upload(ctx, u)
}

// A plan that had to wait for long is made again, so that no job is said to be protected
// as of now for what was there hours ago.
func TestAPlanThatWaitedIsMadeAgain(t *testing.T) {
	t.Parallel()
	for waited, want := range map[time.Duration]int{time.Hour: 2, time.Second: 1} {
		l := newLab(t)
		l.write("file", "content")
		book := &logbook{Cloud: l.runner.Cloud, second: make(chan struct{})}
		var clock atomic.Int64
		begun := l.runner.Now()
		l.runner.Now = func() time.Time { return begun.Add(time.Duration(clock.Load())) }
		planned := make(chan struct{})
		l.runner.Cloud = longWait{book, func() {
			<-planned
			l.write("late", "content that came late")
			clock.Add(int64(waited))
		}}
		turns := NewTurns(1)
		var jobs conc.WaitGroup
		for _, job := range []string{"1", "2"} {
			spec := l.spec
			spec.Job, spec.Target = job, jotta.Path("/mybox/backup/"+job)
			turn := turns.Next()
			jobs.Go(func() {
				defer turn.End()
				o := l.runner.RunInTurn(t.Context(), spec, turn)
				if job == "2" && (!o.Whole() || o.Summary.Uploaded != want) {
					t.Errorf("after %v: %+v", waited, o.Summary)
				}
			})
		}
		turns.Next().End() // there is a third turn only when the second job is planned
		close(planned)
		jobs.Wait()
	}
}
