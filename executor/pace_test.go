package executor

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
)

// imagined is a cloud: so many files a second, and how long it takes to answer, when so
// many are in flight; and whether it refuses more.
type imagined struct {
	name    string
	most    int
	files   func(inFlight int) float64
	answer  func(inFlight int) time.Duration
	refuses func(second, inFlight int) bool
	// low and high bound the pace after ten seconds, on average, and at any time.
	low, high, ever int
}

func constant(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

func linear(perFile float64, most int) func(int) float64 {
	return func(inFlight int) float64 { return perFile * float64(min(inFlight, most)) }
}

func TestThePaceSuitsTheCloud(t *testing.T) {
	t.Parallel()
	never := func(int, int) bool { return false }
	for _, c := range []imagined{
		{"far away: the more the better", 16, linear(15, 64), constant(30 * time.Millisecond), never, 15, 16, 16},
		{"as above, and only one may be in flight", 1, linear(15, 64), constant(30 * time.Millisecond), never, 1, 1, 1},
		{"ten at a time are all it can do", 64, linear(15, 10), constant(30 * time.Millisecond), never, 8, 40, 64},
		{"few are best, the rest have to wait", 64, linear(15, 4), func(n int) time.Duration {
			return time.Duration(max(n, 4)) * 10 * time.Millisecond
		}, never, 2, 24, 64},
		{"more than eight are refused", 32, linear(15, 64), constant(30 * time.Millisecond), func(_, n int) bool {
			return n > 8
		}, 2, 9, 16},
		{"all is refused for a while", 16, linear(15, 64), constant(30 * time.Millisecond), func(second, _ int) bool {
			return second < 5
		}, 8, 16, 16},
	} {
		p := newPace(c.most)
		now := time.Unix(0, 0)
		p.begin(now)
		sum, n := 0, 0
		for second := range 60 {
			for range 100 {
				now = now.Add(10 * time.Millisecond)
				if c.refuses(second, p.limit) {
					p.refused(now)
				}
				p.work += int64(c.files(p.limit) / 100 * (fileWork + 16<<10))
				p.answers++
				p.answered += c.answer(p.limit)
				p.sent(0, now)
				if p.limit < 1 || p.limit > c.ever {
					t.Fatalf("%s: the pace is %d", c.name, p.limit)
				}
				if second >= 10 {
					sum, n = sum+p.limit, n+1
				}
			}
		}
		if mean := (sum + n/2) / n; mean < c.low || mean > c.high {
			t.Errorf("%s: the pace is %d on average, want %d to %d", c.name, mean, c.low, c.high)
		}
	}
}

// Refusals of what was asked together are one reason to ask for less.
func TestManyRefusalsAtOnceHalveThePaceOnce(t *testing.T) {
	t.Parallel()
	p := newPace(32)
	now := time.Unix(0, 0)
	p.begin(now)
	for range 16 {
		p.refused(now)
	}
	if p.limit != 2 {
		t.Errorf("the pace is %d, want 2", p.limit)
	}
}

// A while without uploads says nothing of the cloud.
func TestAPauseChangesNoPace(t *testing.T) {
	t.Parallel()
	p := newPace(32)
	now := time.Unix(0, 0)
	p.begin(now)
	for range 50 {
		now = now.Add(time.Minute)
		p.stored(time.Second, now)
	}
	if p.limit != 4 {
		t.Errorf("the pace is %d, want 4", p.limit)
	}
}

// The full pace is found within seconds.
func TestThePaceIsFoundSoon(t *testing.T) {
	t.Parallel()
	p := newPace(64)
	now := time.Unix(0, 0)
	p.begin(now)
	for range 10 {
		now = now.Add(paceWindow)
		p.sent(int64(p.limit)<<20, now)
	}
	if p.limit != 64 {
		t.Errorf("the pace is %d after %v", p.limit, 10*paceWindow)
	}
}

// What the cloud says reaches the pace of the slots: the more it bears, the more are in
// flight, and after a refusal fewer.
func TestSlotsFollowTheCloud(t *testing.T) {
	t.Parallel()
	plan := handmade(t, 400)
	synctest.Test(t, func(t *testing.T) {
		options := Options{Slots: NewSlots(16), Hasher: checksum.New(1)}
		var mu sync.Mutex
		inFlight, most, refused := 0, 0, false
		cloud := cloudFunc(func(_ context.Context, u jotta.Upload) (jotta.Uploaded, error) {
			mu.Lock()
			inFlight++
			most = max(most, inFlight)
			refuse := most == 16 && !refused
			refused = refused || refuse
			mu.Unlock()
			time.Sleep(60 * time.Millisecond)
			if refuse {
				u.Busy()
			}
			mu.Lock()
			inFlight--
			mu.Unlock()
			return jotta.Uploaded{Sent: u.Size, Answer: 30 * time.Millisecond}, nil
		})
		if summary, _, err := applyPlan(t.Context(), t, plan, cloud, options); err != nil || summary.Uploaded != 400 {
			t.Errorf("%v, %+v", err, summary)
		}
		if most != 16 || options.Slots.pace.limit > 8 {
			t.Errorf("at most %d were in flight, and %d may be after a refusal", most, options.Slots.pace.limit)
		}
	})
}
