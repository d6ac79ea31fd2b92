package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sourcegraph/conc"
	"golang.org/x/term"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/terminal"
)

const (
	redrawEvery = 150 * time.Millisecond
	tellEvery   = 30 * time.Second
)

// tick returns ticks, and what ends them.
type tick func(every time.Duration) (ticks <-chan time.Time, stop func())

func systemTick(every time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(every)
	return ticker.C, ticker.Stop
}

// newScreen returns the foot of the terminal that standard error is; nil where it is
// none, or one that knows no cursor.
func newScreen(lookup func(string) (string, bool)) *terminal.Block {
	kind, _ := lookup("TERM")
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) || kind == "dumb" || kind == "" {
		return nil
	}
	return terminal.New(os.Stderr, func() (int, int, error) { return term.GetSize(fd) })
}

// clearScreen leaves the terminal as it is to be found after the program.
func (a *app) clearScreen() {
	if a.screen != nil {
		a.screen.Close()
	}
}

// watch makes the observers those of the workplace, with one that shows how far the
// jobs are: on a terminal all the while, elsewhere every now and then. It ends when the
// returned function is called, which may be done twice.
func (w *workplace) watch(ctx context.Context, observers ...report.Observer) (stop func()) {
	if w.events != nil {
		observers = append(observers, report.NewLog(w.events))
	}
	if w.quiet || w.tick == nil {
		w.observer = report.Together(observers...)
		return func() {}
	}
	live := report.NewLive(w.now, func() int64 { return w.cloud.Stats().Retries })
	w.observer = report.Together(append(observers, live)...)
	following, end := context.WithCancel(context.WithoutCancel(ctx))
	calm := context.AfterFunc(ctx, live.Stopping)
	var follower conc.WaitGroup
	if w.screen != nil {
		follower.Go(func() { w.draw(following, live) })
	} else {
		say := func(text string) { fmt.Fprintln(w.err, text) }
		live.OnPhase(say)
		follower.Go(func() { w.say(following, live, say) })
	}
	return func() {
		calm()
		end()
		follower.Wait()
	}
}

func (w *workplace) draw(ctx context.Context, live *report.Live) {
	ticks, stop := w.tick(redrawEvery)
	defer stop()
	live.Draw(ctx, ticks, w.screen, w.styleOn(true))
}

func (w *workplace) say(ctx context.Context, live *report.Live, say func(string)) {
	ticks, stop := w.tick(tellEvery)
	defer stop()
	live.Tell(ctx, ticks, say)
}
