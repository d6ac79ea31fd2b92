package access

import (
	"math"
	"testing"
	"time"

	"github.com/jottarun/jottarun/config"
)

func TestLimitsGoByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday
	limit := limiter([]config.Window{{
		Days: []time.Weekday{time.Monday}, From: 8 * time.Hour, To: 17 * time.Hour, Limit: 100_000,
	}}, func() time.Time { return now })
	if n := limit.Piece(); n >= 100_000 {
		t.Errorf("while the window is open, %d bytes pass at once", n)
	}
	now = now.AddDate(0, 0, 1)
	if n := limit.Piece(); n != math.MaxInt {
		t.Errorf("on another day, %d bytes pass at once", n)
	}
	if limiter(nil, time.Now) != nil {
		t.Error("without a timetable there is a limiter")
	}
}
