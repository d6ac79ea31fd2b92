package bandwidth

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sourcegraph/conc"
)

// meter counts the bytes that pass in each stretch of time.
type meter struct {
	began   time.Time
	stretch time.Duration

	mu     sync.Mutex
	counts []int // the last one is of all that comes later, too
}

func newMeter(stretches int, stretch time.Duration) *meter {
	return &meter{began: time.Now(), stretch: stretch, counts: make([]int, stretches)}
}

func (m *meter) passed(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[min(int(time.Since(m.began)/m.stretch), len(m.counts)-1)] += n
}

// send moves bytes through a limiter, as a body is sent.
func send(t *testing.T, l *Limiter, bytes int, m *meter) {
	for bytes > 0 {
		n := min(bytes, l.Piece(), 32<<10)
		if err := l.Wait(t.Context(), n); err != nil {
			t.Error(err)
			return
		}
		m.passed(n)
		bytes -= n
	}
}

// However many send together, in each quarter of a second passes a quarter of the rate,
// and a little more in the first.
func TestBytesPassSmoothly(t *testing.T) {
	t.Parallel()
	for _, wanted := range []Rate{4 << 10, 30_000, 1 << 20, 500 << 20} {
		synctest.Test(t, func(t *testing.T) {
			l, m := NewLimiter(Always(wanted), time.Now), newMeter(8, time.Second/4)
			var senders conc.WaitGroup
			for range 4 {
				senders.Go(func() { send(t, l, int(wanted)/2, m) })
			}
			senders.Wait()
			took, due := time.Since(m.began), 2*time.Second
			if off := took - due; off > due/50 || off < -due/10 {
				t.Errorf("%d bytes a second: two seconds' worth took %v", wanted, took)
			}
			for i, n := range m.counts {
				if quarter := int(wanted) / 4; math.Abs(float64(n-quarter)) > 0.25*float64(quarter)+4*leastPiece {
					t.Errorf("%d bytes a second: %d in quarter %d", wanted, n, i)
				}
			}
		})
	}
}

// A timetable is heeded while bytes move, in both directions, and what was borrowed at
// a high rate is not to be paid back at a low one.
func TestTheRateChangesByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fast, slow := Rate(1<<20), Rate(10<<10)
		m := newMeter(3, time.Minute)
		midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		now := func() time.Time { return midnight.Add(time.Since(m.began)) }
		everyDay, minute := days(0, 1, 2, 3, 4, 5, 6), time.Minute
		l := NewLimiter(Timetable{
			{everyDay, 0, minute, fast}, {everyDay, minute, 2 * minute, slow}, {everyDay, 2 * minute, 3 * minute, fast},
		}, now)
		var senders conc.WaitGroup
		for range 8 {
			senders.Go(func() {
				for time.Since(m.began) < 3*time.Minute {
					send(t, l, 16<<10, m)
				}
			})
		}
		senders.Wait()
		const inHand = 8 * 16 << 10 // when the rate changes
		for i, wanted := range []Rate{60 * fast, 60 * slow, 60 * fast} {
			if math.Abs(float64(m.counts[i])-float64(wanted)) > 0.03*float64(wanted)+inHand {
				t.Errorf("minute %d: %d bytes, want about %d", i, m.counts[i], wanted)
			}
		}
		if l.Piece() != math.MaxInt {
			t.Error("after the last window there is a limit")
		}
	})
}

func TestWithoutALimitNothingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := NewLimiter(nil, time.Now).Wait(t.Context(), math.MaxInt); err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestTheWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, enough)
		defer cancel()
		l := NewLimiter(Always(1), time.Now)
		began := time.Now()
		if err := l.Wait(ctx, 2*leastPiece); !errors.Is(err, enough) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := l.Wait(ctx, 1); !errors.Is(err, enough) {
			t.Errorf("a context that has ended: %v", err)
		}
	})
}
