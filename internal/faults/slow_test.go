package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// A line over which nothing moves is given up and tried again; one on which little
// moves is not.
func TestStallIsNoticed(t *testing.T) {
	t.Parallel()
	l := newLab(t, func(o *jotta.Options) { o.StallTimeout = 200 * time.Millisecond; o.Retries = 2 })
	l.write("big", bytesOf(9, 3_000_000))
	l.door.wire.behave(func() manners { return manners{swallowAt: 20_000} })
	began := time.Now()
	o := l.run()
	if took := time.Since(began); o.whole() || took > 10*time.Second || !strings.Contains(l.log.text(), "not a byte moved") {
		t.Errorf("the stall went unnoticed for %v: %v %v", took, o.err, o.named)
	}
	l.mustConverge()
}

func TestSlownessIsNoStall(t *testing.T) {
	t.Parallel()
	const stall = 2 * time.Second
	for name, way := range map[string]manners{"up": {readStep: 200}, "down": {writeStep: 8}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, func(o *jotta.Options) {
				o.StallTimeout, o.Retries, o.Transport = stall, 0, shortTransport()
			})
			l.fill(60, 9)
			l.mustRun()
			l.write("slow", bytesOf(9, 500_000))
			l.door.wire.behave(func() manners {
				way.pause = time.Millisecond
				return way
			})
			began := time.Now()
			l.mustRun()
			if took := time.Since(began); took < stall {
				t.Errorf("took %v: the line was not slow", took)
			}
			l.mustConverge()
		})
	}
}

// shortTransport has the system keep few bytes back, so that the client sees how slowly
// they move.
func shortTransport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = errors.Join(err, tcp.SetWriteBuffer(16<<10), tcp.SetReadBuffer(16<<10))
		}
		return conn, err
	}}
}

// A line with all its troubles at once, for a while: latency, slowness, bytes that come
// one by one, breaks, black holes. No run hangs, and all of them end in peace.
func TestBadLine(t *testing.T) {
	t.Parallel()
	deadline := time.Now().Add(map[bool]time.Duration{false: 3 * time.Second, true: 10 * time.Minute}[soaking()])
	var all badLine
	for seed := seeds(t, 1, 1)[0]; time.Now().Before(deadline) && !t.Failed(); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { all.try(t, seed, deadline) })
	}
	t.Logf("figures: %d runs, the longest took %v, %d stalls noticed, %d runs did not do all",
		all.runs, all.longest, all.stalls, all.failed)
}

// badLine counts what happened.
type badLine struct {
	runs, stalls, failed int
	longest              time.Duration
}

func (b *badLine) try(t *testing.T, seed uint64, deadline time.Time) {
	l := newLab(t, func(o *jotta.Options) { o.StallTimeout, o.Retries = time.Second, 2 })
	l.fill(20, seed)
	l.write("big", bytesOf(seed, 150_000))
	l.door.wire.behave(badManners(dice(seed)))
	for turn := 0; turn < 3 && time.Now().Before(deadline); turn++ {
		began := time.Now()
		o := l.run()
		b.runs++
		b.longest = max(b.longest, time.Since(began))
		if !o.whole() {
			b.failed++
		}
	}
	b.stalls += strings.Count(l.log.text(), "not a byte moved")
	l.mustConverge()
}

// badManners draws the manners of each connection.
func badManners(roll *rand.Rand) func() manners {
	var mu sync.Mutex
	return func() manners {
		mu.Lock()
		defer mu.Unlock()
		switch roll.IntN(20) {
		case 0: // 5 %
			return manners{resetAt: 1 + roll.Int64N(5000)}
		case 1:
			return manners{swallowAt: 1 + roll.Int64N(5000)}
		case 2, 3:
			return manners{latency: time.Duration(roll.IntN(2000)) * time.Millisecond}
		case 4, 5, 6:
			return manners{readStep: 200, writeStep: 200, pause: 10 * time.Millisecond} // 20 KB/s
		case 7, 8:
			return manners{readStep: 1, writeStep: 1, pause: 100 * time.Microsecond}
		case 9:
			return manners{resetAt: 1 + roll.Int64N(200_000)}
		}
		return manners{}
	}
}
