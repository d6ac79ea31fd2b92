package bandwidth

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// perSecond is in how many pieces the bytes of a second move, so that they move
	// smoothly: the line is never busy, nor idle, for long.
	perSecond = 50
	// leastPiece keeps what every piece costs besides, on the wire, from being most of
	// it.
	leastPiece = 512
	// catchUp is how long a time without traffic may be made up for; so that a wait that
	// took too long, as every timer does, costs no throughput.
	catchUp = 50 * time.Millisecond
)

// Limiter lets bytes pass at the rate that a timetable says, whoever they come from. It
// may be used by many goroutines.
type Limiter struct {
	timetable Timetable
	now       func() time.Time

	mu     sync.Mutex
	rate   Rate
	bucket *rate.Limiter // of that rate
}

// NewLimiter returns a Limiter by this timetable and clock.
func NewLimiter(timetable Timetable, now func() time.Time) *Limiter {
	return &Limiter{timetable: timetable, now: now}
}

// Piece returns how many bytes may pass in one go.
func (l *Limiter) Piece() int { return pieceOf(l.timetable.At(l.now())) }

// Wait returns when n bytes may pass, or the cause with which ctx ended.
func (l *Limiter) Wait(ctx context.Context, n int) error {
	for n > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		passed, wait := l.reserve(n)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		n -= passed
	}
	return nil
}

// reserve takes the place of up to n bytes, which may pass after a while.
func (l *Limiter) reserve(n int) (passed int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.adjust(now)
	if l.rate == Unlimited {
		return n, 0
	}
	passed = min(n, l.bucket.Burst())
	return passed, l.bucket.ReserveN(now, passed).DelayFrom(now)
}

// adjust takes a new bucket when another rate holds: what was borrowed from the old one
// could take the new one hours to pay back.
func (l *Limiter) adjust(now time.Time) {
	wanted := l.timetable.At(now)
	if wanted == l.rate {
		return
	}
	l.rate = wanted
	burst := max(pieceOf(wanted), int(float64(wanted)*catchUp.Seconds()))
	l.bucket = rate.NewLimiter(rate.Limit(wanted), burst)
}

func pieceOf(rate Rate) int {
	if rate == Unlimited {
		return math.MaxInt
	}
	return int(min(max(rate/perSecond, leastPiece), math.MaxInt32))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
