package checksum

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
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

func TestSumIsTheMD5(t *testing.T) {
	t.Parallel()
	h := New(2)
	content := noise(2*bufferSize + 2)
	for _, size := range []int{0, 1, 63, 64, 65, bufferSize - 1, bufferSize, bufferSize + 1, 2*bufferSize - 1, 2 * bufferSize, 2*bufferSize + 1} {
		// There is more content than what is asked for, and exactly as much.
		for _, held := range [][]byte{content, content[:size]} {
			got, err := h.Sum(t.Context(), bytes.NewReader(held), int64(size))
			if want := md5.Sum(content[:size]); err != nil || got != want {
				t.Errorf("%d of %d bytes: %x, %v; want %x", size, len(held), got, err, want)
			}
		}
	}
}

func TestShortContentHasNoSum(t *testing.T) {
	t.Parallel()
	h := New(1)
	for _, held := range []int{0, 1, bufferSize - 1, bufferSize, bufferSize + 1} {
		sum, err := h.Sum(t.Context(), bytes.NewReader(noise(held)), int64(held)+1)
		if !errors.Is(err, ErrShort) || sum != [md5.Size]byte{} {
			t.Errorf("%d bytes that should be one more: %x, %v", held, sum, err)
		}
	}
}

// reader reads content by a function.
type reader func(p []byte, off int64) (int, error)

func (r reader) ReadAt(p []byte, off int64) (int, error) { return r(p, off) }

func TestReadErrorsAreReturned(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	content := noise(2 * bufferSize)
	for _, c := range []struct {
		name string
		read reader
		want error
	}{
		{"at once", func([]byte, int64) (int, error) { return 0, broken }, broken},
		{"with the first bytes", func(p []byte, _ int64) (int, error) { return copy(p, content), broken }, broken},
		{"in the second buffer", func(p []byte, off int64) (int, error) {
			if off > 0 {
				return 1, broken
			}
			return copy(p, content), nil
		}, broken},
		{"wrapped", func([]byte, int64) (int, error) { return 0, fmt.Errorf("read: %w", broken) }, broken},
		{"never going on", func([]byte, int64) (int, error) { return 0, nil }, io.ErrNoProgress},
	} {
		h := New(1)
		if sum, err := h.Sum(t.Context(), c.read, int64(len(content))); !errors.Is(err, c.want) || sum != [md5.Size]byte{} {
			t.Errorf("%s: %x, %v; want %v", c.name, sum, err, c.want)
		}
		// The worker is free again.
		if _, err := h.Sum(t.Context(), bytes.NewReader(content), 1); err != nil {
			t.Errorf("%s: after it: %v", c.name, err)
		}
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
	if _, err := New(1).Sum(ctx, content, 100*bufferSize); !errors.Is(err, why) || reads != 1 {
		t.Errorf("%v after %d reads", err, reads)
	}
}

// The bubble ends only once every goroutine in it has.
func TestNoMoreThanTheGivenNumberAtOnce(t *testing.T) {
	t.Parallel()
	for workers, atOnce := range map[int]int64{-1: 1, 0: 1, 1: 1, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			h := New(workers)
			var reading atomic.Int64
			release := make(chan struct{})
			content := reader(func(p []byte, _ int64) (int, error) {
				reading.Add(1)
				<-release
				reading.Add(-1)
				return len(p), nil
			})
			var callers conc.WaitGroup
			for range 10 {
				callers.Go(func() {
					if _, err := h.Sum(t.Context(), content, 1); err != nil {
						t.Error(err)
					}
				})
			}
			for range 10 {
				synctest.Wait()
				if n := reading.Load(); n > atOnce || n < 1 {
					t.Errorf("%d workers: %d at once", workers, n)
				}
				release <- struct{}{}
			}
			callers.Wait()
		})
	}
}

func TestWhoWaitsForAWorkerCanGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := New(1)
		release := make(chan struct{})
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		var callers conc.WaitGroup
		callers.Go(func() {
			_, _ = h.Sum(t.Context(), reader(func(p []byte, _ int64) (int, error) { <-release; return len(p), nil }), 1)
		})
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

// Memory is that of the workers, however much is hashed.
func TestBuffersAreUsedAgain(t *testing.T) {
	h := New(1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		if _, err := h.Sum(t.Context(), bytes.NewReader([]byte("abc")), 3); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated >= 2*bufferSize {
		t.Errorf("%d bytes allocated for 10 checksums by one worker", allocated)
	}
}

func FuzzSum(f *testing.F) {
	f.Add([]byte(""), int64(0), 1)
	f.Add([]byte("some content"), int64(4), 3)
	f.Add([]byte("some content"), int64(13), 100)
	f.Fuzz(func(t *testing.T, content []byte, size int64, piece int) {
		if size < 0 || piece < 1 {
			t.Skip()
		}
		got, err := sum(t.Context(), bytes.NewReader(content), size, make([]byte, min(piece, bufferSize)))
		if size > int64(len(content)) {
			if !errors.Is(err, ErrShort) {
				t.Errorf("%d of %d bytes: %v", size, len(content), err)
			}
			return
		}
		if want := md5.Sum(content[:size]); err != nil || got != want {
			t.Errorf("%d of %d bytes: %x, %v; want %x", size, len(content), got, err, want)
		}
	})
}
