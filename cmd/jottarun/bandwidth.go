package main

import (
	"strconv"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/bandwidth"
	"github.com/jottarun/jottarun/jotta"
)

// rateFlag is a limit for both directions that takes the place of the jobs file's.
type rateFlag struct {
	given bool
	rate  int64
}

func (f *rateFlag) String() string {
	if f.rate == 0 {
		return ""
	}
	return strconv.FormatInt(f.rate, 10)
}

func (f *rateFlag) Type() string { return "rate" }

func (f *rateFlag) Set(text string) (err error) {
	f.given = true
	f.rate, err = config.ParseRate(text)
	return err
}

// override puts what was given in the place of what the file says.
func (f *rateFlag) override(b *config.Bandwidth) {
	switch {
	case !f.given:
	case f.rate == 0:
		*b = config.Bandwidth{}
	default:
		*b = config.Bandwidth{Upload: config.Always(f.rate), Download: config.Always(f.rate)}
	}
}

// limiter holds one direction back by a timetable; nil where that has nothing in it.
func (a *app) limiter(windows []config.Window) jotta.Limiter {
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
	return bandwidth.NewLimiter(timetable, a.now)
}
