package main

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/config"
)

func TestBandwidthOfTheCommandLineBeatsTheFiles(t *testing.T) {
	t.Parallel()
	file := config.Bandwidth{Upload: config.Always(1)}
	for value, want := range map[string]config.Bandwidth{
		"":     file,
		"off":  {},
		"2MiB": {Upload: config.Always(2 << 20), Download: config.Always(2 << 20)},
	} {
		var flag rateFlag
		if value != "" {
			check(t, flag.Set(value))
		}
		got := file
		flag.override(&got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--bwlimit %q (-want +got):\n%s", value, diff)
		}
	}
}

func TestLimitsGoByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday
	a := &app{now: func() time.Time { return now }}
	limiter := a.limiter([]config.Window{{
		Days: []time.Weekday{time.Monday}, From: 8 * time.Hour, To: 17 * time.Hour, Limit: 100_000,
	}})
	if n := limiter.Piece(); n >= 100_000 {
		t.Errorf("while the window is open, %d bytes pass at once", n)
	}
	now = now.AddDate(0, 0, 1)
	if n := limiter.Piece(); n != math.MaxInt {
		t.Errorf("on another day, %d bytes pass at once", n)
	}
	if a.limiter(nil) != nil {
		t.Error("without a timetable there is a limiter")
	}
}
