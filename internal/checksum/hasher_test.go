package checksum

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sourcegraph/conc"
)

// noise returns n bytes that repeat nowhere near the size of a buffer.
func noise(n int) []byte {
	content := make([]byte, n)
	generator := rand.NewChaCha8([32]byte{1})
	_, _ = generator.Read(content) // never fails
	return content
}

// borders are sizes at which something ends: a block, the padding of MD5, a buffer.
var borders = []int{
	0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128,
	smallSize - 1, smallSize, smallSize + 1, chunkSize - 1, chunkSize, chunkSize + 1,
	2*chunkSize - 1, 2 * chunkSize, 2*chunkSize + 1, 3*chunkSize + 63, 3<<20 + 7,
}

// hashers are all ways to hash, whatever this processor is.
func hashers(workers int) map[string]*Hasher {
	all := map[string]*Hasher{"crypto/md5": newHasher(workers, 1)}
	if haveLanes() {
		all["lanes"] = newHasher(workers, lanes)
	}
	return all
}

func TestSumIsTheMD5(t *testing.T) {
	t.Parallel()
	content := noise(4 << 20)
	for way, h := range hashers(2) {
		for _, size := range borders {
			// There is more content than what is asked for, and exactly as much.
			for _, held := range [][]byte{content, content[:size]} {
				got, err := h.Sum(t.Context(), bytes.NewReader(held), int64(size))
				if want := md5.Sum(content[:size]); err != nil || got != want {
					t.Errorf("%s: %d of %d bytes: %x, %v; want %x", way, size, len(held), got, err, want)
				}
			}
		}
	}
}

// Files of all sizes at once, so that lanes begin and end at different times.
func TestManyAtOnceHaveTheirOwnMD5s(t *testing.T) {
	t.Parallel()
	content := noise(4 << 20)
	for way, h := range hashers(2) {
		var callers conc.WaitGroup
		for i := range 6 * len(borders) {
			own := content[i:][:borders[i%len(borders)]]
			callers.Go(func() {
				got, err := h.Sum(t.Context(), bytes.NewReader(own), int64(len(own)))
				if want := md5.Sum(own); err != nil || got != want {
					t.Errorf("%s: %d bytes from %d on: %x, %v; want %x", way, len(own), i, got, err, want)
				}
			})
		}
		callers.Wait()
	}
}

// A reader may say that its content ends together with the last of it.
func TestTheEndMayComeWithTheLastBytes(t *testing.T) {
	t.Parallel()
	content := noise(chunkSize + 1)
	eager := reader(func(p []byte, off int64) (int, error) {
		n := copy(p, content[off:])
		if int(off)+n == len(content) {
			return n, io.EOF
		}
		return n, nil
	})
	if got, err := New(1).Sum(t.Context(), eager, int64(len(content))); err != nil || got != md5.Sum(content) {
		t.Errorf("%x, %v", got, err)
	}
}

func TestAnEndedContextHashesNothing(t *testing.T) {
	t.Parallel()
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	unread := reader(func([]byte, int64) (int, error) {
		t.Error("content was read")
		return 0, io.EOF
	})
	h := New(1)
	for range 20 { // where two things can be done, select does either
		for _, size := range []int64{0, 1} {
			if sum, err := h.Sum(ctx, unread, size); !errors.Is(err, why) || sum != [md5.Size]byte{} {
				t.Errorf("size %d: %x, %v", size, sum, err)
			}
		}
	}
}

func TestTheContextEndsBetweenTwoReads(t *testing.T) {
	t.Parallel()
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	var reads int
	content := reader(func(p []byte, _ int64) (int, error) {
		reads++
		cancel(why)
		return len(p), nil
	})
	if _, err := New(1).Sum(ctx, content, 100*chunkSize); !errors.Is(err, why) || reads != 1 {
		t.Errorf("%v after %d reads", err, reads)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ workers, lanes, want int }{
		{-1, 1, 2}, {0, 1, 2}, {1, 1, 2}, {3, 1, 6}, {256, 1, maxStreams},
		{0, lanes, lanes}, {2, lanes, 2 * lanes}, {256, lanes, maxStreams},
	} {
		if got := newHasher(c.workers, c.lanes).Streams(); got != c.want {
			t.Errorf("%d workers with %d lanes: %d streams, want %d", c.workers, c.lanes, got, c.want)
		}
	}
}

// The bubble ends only once every goroutine in it has.
func TestNoMoreThanItsStreamsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(1)
		var reading atomic.Int64
		release := make(chan struct{})
		content := reader(func(p []byte, _ int64) (int, error) {
			reading.Add(1)
			<-release
			reading.Add(-1)
			return len(p), nil
		})
		var callers conc.WaitGroup
		for range 2*h.Streams() + 1 {
			callers.Go(func() {
				if _, err := h.Sum(t.Context(), content, 1); err != nil {
					t.Error(err)
				}
			})
		}
		for left := 2*h.Streams() + 1; left > 0; left-- {
			synctest.Wait()
			if n, want := reading.Load(), int64(min(left, h.Streams())); n != want {
				t.Errorf("%d left: %d at once, want %d", left, n, want)
			}
			release <- struct{}{}
		}
		callers.Wait()
	})
}

func TestWhoWaitsForAPlaceCanGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(1)
		release := make(chan struct{})
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		var callers conc.WaitGroup
		for range h.Streams() {
			callers.Go(func() {
				_, _ = h.Sum(t.Context(), reader(func(p []byte, _ int64) (int, error) { <-release; return len(p), nil }), 1)
			})
		}
		synctest.Wait()
		callers.Go(func() {
			if _, err := h.Sum(ctx, bytes.NewReader(nil), 0); !errors.Is(err, why) {
				t.Errorf("gave up with %v", err)
			}
		})
		synctest.Wait()
		cancel(why)
		synctest.Wait()
		close(release)
		callers.Wait()
	})
}

// Memory is that of the streams, however much is hashed, and small where files are.
func TestBuffersAreUsedAgain(t *testing.T) {
	h := New(1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 100
	for range rounds {
		if _, err := h.Sum(t.Context(), bytes.NewReader([]byte("abc")), 3); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	// The race detector makes pools forget some of what they are given.
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated >= rounds*smallSize/2 {
		t.Errorf("%d bytes allocated for %d checksums, one after the other", allocated, rounds)
	}
}

func TestSmallFilesTakeSmallBuffers(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]int{1: smallSize, smallSize: smallSize, smallSize + 1: chunkSize, 3 * chunkSize: chunkSize} {
		s := newStream()
		s.begin(bytes.NewReader(noise(int(size))), size)
		if err := s.read(); err != nil || len(s.buffer) != want {
			t.Errorf("%d bytes: a buffer of %d, %v; want %d", size, len(s.buffer), err, want)
		}
	}
}
