package report

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// liveLab is a Live with a clock of its own.
type liveLab struct {
	*Live
	time    time.Time
	retries int64
}

func newLiveLab() *liveLab {
	l := &liveLab{time: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	l.Live = NewLive(func() time.Time { return l.time }, func() int64 { return l.retries })
	return l
}

func (l *liveLab) pass(d time.Duration) { l.time = l.time.Add(d) }

func (l *liveLab) shows(width, height int) string {
	return strings.Join(l.Lines(width, height, Style{}), "\n")
}

func uploads(sizes ...int64) *planner.Plan {
	plan := &planner.Plan{Job: "home"}
	for i, size := range sizes {
		path := planner.RelPath(fmt.Sprintf("folder/file-%d.jpg", i))
		plan.Actions = append(plan.Actions, planner.Action{Kind: planner.New, Path: path, Local: &planner.LocalFile{Size: size}})
		plan.Counts.New++
		plan.Counts.NewBytes += size
	}
	return plan
}

func TestLiveWhilePlanning(t *testing.T) {
	t.Parallel()
	l := newLiveLab()
	l.Begun(Start{Job: "home", Counts: new(planner.Progress)})
	l.pass(7 * time.Second)
	want := ` planning   home                                                           0:07
            listing the cloud`
	if diff := cmp.Diff(want, l.shows(80, 24)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	l.Waiting("home", &state.LockedError{Job: "home"})
	l.pass(time.Second)
	want = ` waiting    home                                                           0:01
            job "home" is already running`
	if diff := cmp.Diff(want, l.shows(80, 24)); diff != "" {
		t.Errorf("while another run goes on (-want +got):\n%s", diff)
	}
	l.Waiting("home", nil)
	if got := l.shows(80, 24); !strings.HasPrefix(got, " planning   home") {
		t.Errorf("after the wait it shows\n%s", got)
	}
	l.Ended("home", backup.Outcome{})
	if got := l.shows(80, 24); got != "" {
		t.Errorf("after the end it shows\n%s", got)
	}
}

func TestLiveWhileUploading(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	l := newLiveLab()
	var phases []string
	l.OnPhase(func(text string) { phases = append(phases, text) })
	plan := uploads(10*mib, 20*mib, 30*mib, mib)
	l.Begun(Start{Job: "home", Counts: new(planner.Progress)})
	plan.Problems = []planner.Problem{{Files: 2}}
	l.Planned(plan)
	l.pass(time.Second)
	want := ` waiting    home                                                           0:01
            4 files (61 MiB) to bring to the cloud`
	if diff := cmp.Diff(want, l.shows(80, 24)); diff != "" {
		t.Errorf("before its turn (-want +got):\n%s", diff)
	}
	tell := l.Uploading(plan)
	tell(executor.Event{Type: executor.Started, Action: &plan.Actions[0]})
	tell(executor.Event{Type: executor.Started, Action: &plan.Actions[1]})
	tell(executor.Event{Type: executor.Started, Action: &plan.Actions[2]})
	l.shows(80, 24)
	l.pass(2 * time.Second)
	tell(executor.Event{Type: executor.Sent, Action: &plan.Actions[0], Bytes: 10 * mib})
	tell(executor.Event{Type: executor.Sent, Action: &plan.Actions[1], Bytes: 5 * mib})
	tell(executor.Event{Type: executor.Done, Action: &plan.Actions[0], Bytes: 10 * mib})
	tell(executor.Event{Type: executor.Skipped, Action: &plan.Actions[3], Err: errors.New("changed")})
	l.retries = 1
	want = ` uploading  ━━━━━━━━━━━━━─────────────────────────────────────  26%   0:05 left
            2 of 4 files   16 MiB of 61 MiB   7.5 MiB/s   1 retry   3 problems

  ━━━─────────  25%    20 MiB  folder/file-1.jpg
  ──────────── read    30 MiB  folder/file-2.jpg`
	if diff := cmp.Diff(want, l.shows(80, 24)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"uploading: 2 of 4 files, 16 MiB of 61 MiB, 7.5 MiB/s, 0:05 left, 1 retry, 3 problems"}, l.Sentences()); diff != "" {
		t.Errorf("the sentence (-want +got):\n%s", diff)
	}
	l.Stopping()
	if got := l.shows(80, 24); !strings.Contains(got, " stopping ") || strings.Contains(got, "left") {
		t.Errorf("while it stops it shows\n%s", got)
	}
	tell(executor.Event{Type: executor.Finished, Err: errors.New("broken off")})
	if got := l.shows(80, 24); !strings.Contains(got, " stopping ") {
		t.Errorf("after uploads that were broken off it shows\n%s", got)
	}
	tell(executor.Event{Type: executor.Finished})
	if got := l.shows(80, 24); !strings.HasPrefix(got, " proving    home") {
		t.Errorf("after the uploads it shows\n%s", got)
	}
	l.Pruning(&planner.Plan{Job: "home", Counts: planner.Counts{Pruned: 3}})
	if got := l.shows(80, 24); !strings.Contains(got, "0 of 3 files") {
		t.Errorf("while pruning it shows\n%s", got)
	}
	if diff := cmp.Diff([]string{`uploading job "home": 4 files (61 MiB)`, `proving job "home": by a listing`, `pruning job "home": 3 files`}, phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

// Whatever a file is called and however small the terminal is, the lines fit, and
// nothing in them steers it.
func FuzzLiveFits(f *testing.F) {
	f.Add("a\x1b[31m.txt", 80, 24)
	f.Add("日本旅行の長い名前のビデオファイル.mov", 40, 3)
	f.Add("e\u0301\u202e👩‍👩‍👧", 1, 1)
	f.Fuzz(func(t *testing.T, path string, width, height int) {
		width, height = max(1, width%300), max(1, height%100)
		l := newLiveLab()
		plan := uploads(1, 2, 3, 4, 5)
		plan.Job = "home"
		l.Begun(Start{Job: "home"})
		l.Begun(Start{Job: path, Counts: new(planner.Progress)})
		tell := l.Uploading(plan)
		for i := range plan.Actions {
			plan.Actions[i].Path = planner.RelPath(path)
			tell(executor.Event{Type: executor.Started, Action: &plan.Actions[i]})
		}
		shown := l.Lines(width, height, Style{})
		if len(shown) >= max(height, 1) && height > 1 || len(shown) > height {
			t.Errorf("%d lines on a terminal of %d", len(shown), height)
		}
		for _, line := range shown {
			if columns(line) >= width && width > 1 {
				t.Errorf("%q has %d columns on a terminal of %d", line, columns(line), width)
			}
			if strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("%q has control characters", line)
			}
		}
	})
}

// screenOf keeps what it was told to show.
type screenOf struct {
	shown   chan []string
	cleared bool
}

func (s *screenOf) Show(fit func(int, int) []string) { s.shown <- fit(80, 24) }
func (s *screenOf) Clear()                           { s.cleared = true }

func TestLiveIsDrawnAtTicks(t *testing.T) {
	t.Parallel()
	l := newLiveLab()
	l.Begun(Start{Job: "home", Counts: new(planner.Progress)})
	ctx, end := context.WithCancel(t.Context())
	ticks, screen, done := make(chan time.Time), &screenOf{shown: make(chan []string)}, make(chan struct{})
	go func() {
		defer close(done)
		l.Draw(ctx, ticks, screen, Style{})
	}()
	ticks <- l.time
	if shown := <-screen.shown; len(shown) != 2 {
		t.Errorf("it shows %q", shown)
	}
	end()
	<-done
	if !screen.cleared {
		t.Error("at the end something is left on the screen")
	}
}

func TestLiveIsToldAtTicks(t *testing.T) {
	t.Parallel()
	l := newLiveLab()
	l.Begun(Start{Job: "home", Counts: new(planner.Progress)})
	ctx, end := context.WithCancel(t.Context())
	ticks, said, done := make(chan time.Time), make(chan string), make(chan struct{})
	go func() {
		defer close(done)
		l.Tell(ctx, ticks, func(text string) { said <- text })
	}()
	ticks <- l.time
	if got := <-said; got != `planning job "home": 0 scanned, 0 listed, 0 B read to compare` {
		t.Errorf("it says %q", got)
	}
	end()
	<-done
}

// BenchmarkLive is the cost of following one file from its start to its end.
func BenchmarkLive(b *testing.B) {
	l := NewLive(time.Now, func() int64 { return 0 })
	plan := uploads(make([]int64, 1000)...)
	l.Begun(Start{Job: "home"})
	tell := Together(l).Uploading(plan)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		action := &plan.Actions[i%len(plan.Actions)]
		tell(executor.Event{Type: executor.Started, Action: action})
		tell(executor.Event{Type: executor.Sent, Action: action, Bytes: 1})
		tell(executor.Event{Type: executor.Done, Action: action})
	}
}

// BenchmarkLiveLines is the cost of one redraw; there are seven in a second.
func BenchmarkLiveLines(b *testing.B) {
	l := NewLive(time.Now, func() int64 { return 0 })
	plan := uploads(make([]int64, 64)...)
	l.Begun(Start{Job: "home"})
	tell := l.Uploading(plan)
	for i := range plan.Actions {
		tell(executor.Event{Type: executor.Started, Action: &plan.Actions[i]})
	}
	for b.Loop() {
		l.Lines(200, 50, Style{Color: true})
	}
}
