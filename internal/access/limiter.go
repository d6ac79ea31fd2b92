package access

import (
	"time"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/bandwidth"
	"github.com/jottarun/jottarun/jotta"
)

// limiter holds one direction back by a timetable; nil where that has nothing in it.
func limiter(windows []config.Window, now func() time.Time) jotta.Limiter {
	if len(windows) == 0 {
		return nil
	}
	var timetable bandwidth.Timetable
	for _, w := range windows {
		window := bandwidth.Window{From: w.From, To: w.To, Rate: bandwidth.Rate(w.Limit)}
		for _, day := range w.Days {
			window.Days[day] = true
		}
		timetable = append(timetable, window)
	}
	return bandwidth.NewLimiter(timetable, now)
}
