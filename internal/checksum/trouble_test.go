package checksum

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/panics"
)

func TestShortContentHasNoSum(t *testing.T) {
	t.Parallel()
	for way, h := range hashers(1) {
		for _, held := range []int{0, 1, 64, chunkSize - 1, chunkSize, chunkSize + 1} {
			sum, err := h.Sum(t.Context(), bytes.NewReader(noise(held)), int64(held)+1)
			if !errors.Is(err, ErrShort) || sum != [md5.Size]byte{} {
				t.Errorf("%s: %d bytes that should be one more: %x, %v", way, held, sum, err)
			}
		}
	}
}

// reader reads content by a function.
type reader func(p []byte, off int64) (int, error)

func (r reader) ReadAt(p []byte, off int64) (int, error) { return r(p, off) }

func TestReadErrorsAreReturned(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	content := noise(2 * chunkSize)
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
		allPlacesAreFree(t, h)
	}
}

// allPlacesAreFree uses every place at once.
func allPlacesAreFree(t *testing.T, h *Hasher) {
	t.Helper()
	var callers conc.WaitGroup
	var reading atomic.Int64
	all := make(chan struct{})
	content := reader(func(p []byte, _ int64) (int, error) {
		if reading.Add(1) == int64(h.Streams()) {
			close(all)
		}
		<-all
		return copy(p, "x"), nil
	})
	for range h.Streams() {
		callers.Go(func() {
			if got, err := h.Sum(t.Context(), content, 1); err != nil || got != md5.Sum([]byte("x")) {
				t.Errorf("afterwards: %x, %v", got, err)
			}
		})
	}
	callers.Wait()
	if h.queue.reading != 0 || len(h.queue.waiting) != 0 {
		t.Errorf("%d streams are said to read, %d to wait", h.queue.reading, len(h.queue.waiting))
	}
}

func TestAPanickingReaderHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	content := noise(3 * chunkSize)
	for way, h := range hashers(1) {
		var callers conc.WaitGroup
		for i := range 3 * h.Streams() {
			callers.Go(func() {
				if i%3 == 0 {
					panicking := reader(func(p []byte, off int64) (int, error) {
						if off > 0 {
							panic("a broken reader")
						}
						return copy(p, content), nil
					})
					if panics.Try(func() { _, _ = h.Sum(t.Context(), panicking, int64(len(content))) }) == nil {
						t.Errorf("%s: its caller was told nothing", way)
					}
					return
				}
				if got, err := h.Sum(t.Context(), bytes.NewReader(content), int64(len(content))); err != nil || got != md5.Sum(content) {
					t.Errorf("%s: %x, %v", way, got, err)
				}
			})
		}
		callers.Wait()
		allPlacesAreFree(t, h)
	}
}

// One that hangs in a read does not keep the others from being hashed.
func TestNobodyWaitsForASlowReader(t *testing.T) {
	t.Parallel()
	content := noise(2*chunkSize + 1)
	for way, h := range hashers(1) {
		release := make(chan struct{})
		slow := reader(func(p []byte, off int64) (int, error) {
			<-release
			return copy(p, content[off:]), nil
		})
		var hanging, others conc.WaitGroup
		hanging.Go(func() {
			if got, err := h.Sum(t.Context(), slow, int64(len(content))); err != nil || got != md5.Sum(content) {
				t.Errorf("%s: the slow one: %x, %v", way, got, err)
			}
		})
		for range h.Streams() - 1 {
			others.Go(func() {
				if got, err := h.Sum(t.Context(), bytes.NewReader(content), int64(len(content))); err != nil || got != md5.Sum(content) {
					t.Errorf("%s: %x, %v", way, got, err)
				}
			})
		}
		others.Wait()
		close(release)
		hanging.Wait()
	}
}
