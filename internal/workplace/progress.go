package workplace

import (
	"context"
	"fmt"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/report"
)

const (
	redrawEvery = 150 * time.Millisecond
	tellEvery   = 30 * time.Second
)

// Watch makes the observers those of the workplace, with one that shows how far the jobs
// are: on a terminal all the while, elsewhere every now and then. It ends when the
// returned function is called, which may be done twice.
func (w *Workplace) Watch(ctx context.Context, observers ...report.Observer) (stop func()) {
	if w.Events != nil {
		observers = append(observers, report.NewLog(w.Events))
	}
	if w.Quiet || w.Tick == nil {
		w.Observer = report.Together(observers...)
		return func() {}
	}
	live := report.NewLive(w.Now, func() int64 { return w.Cloud.Stats().Retries })
	w.Observer = report.Together(append(observers, live)...)
	following, end := context.WithCancel(context.WithoutCancel(ctx))
	calm := context.AfterFunc(ctx, live.Stopping)
	var follower conc.WaitGroup
	if w.Screen != nil {
		follower.Go(func() { w.draw(following, live) })
	} else {
		say := func(text string) { fmt.Fprintln(w.Err, text) }
		live.OnPhase(say)
		follower.Go(func() { w.say(following, live, say) })
	}
	return func() {
		calm()
		end()
		follower.Wait()
	}
}

func (w *Workplace) draw(ctx context.Context, live *report.Live) {
	ticks, stop := w.Tick(redrawEvery)
	defer stop()
	live.Draw(ctx, ticks, w.Screen, w.ScreenStyle())
}

func (w *Workplace) say(ctx context.Context, live *report.Live, say func(string)) {
	ticks, stop := w.Tick(tellEvery)
	defer stop()
	live.Tell(ctx, ticks, say)
}
