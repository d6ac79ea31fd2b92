package jotta

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// Content that is not what was allocated never arrives in full, wherever it differs.
func TestUploadOfChangedContent(t *testing.T) {
	t.Parallel()
	original := strings.Repeat("0123456789", 50_000)
	tests := map[string]string{
		"first byte":     "x" + original[1:],
		"last byte":      original[:len(original)-1] + "x",
		"shorter by one": original[:len(original)-1],
		"empty":          "",
	}
	for name, now := range tests {
		for _, resume := range []int64{0, 100} {
			t.Run(fmt.Sprint(name, resume), func(t *testing.T) {
				t.Parallel()
				s := newScript(t)
				s.on(allocateRequest, s.allocated("INCOMPLETE", resume))
				s.on(uploadRequest, stored(original))
				c, clock := newTestClient(t, s)
				u := textUpload(original)
				u.Content = strings.NewReader(now)
				_, err := c.Upload(t.Context(), u)
				if !errors.Is(err, ErrContentChanged) || errors.Is(err, ErrUnavailable) || len(clock.slept) > 0 {
					t.Errorf("got %v", err)
				}
				s.Close() // waits for the handler
				for _, r := range s.seen(uploadRequest) {
					if int64(len(r.body)) >= u.Size-resume {
						t.Errorf("all %d bytes arrived", len(r.body))
					}
				}
			})
		}
	}
}

// A file that only grew is what was allocated, up to there.
func TestUploadDoesNotReadBeyondSize(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, stored("content"))
	c, _ := newTestClient(t, s)
	u := textUpload("content")
	u.Content = boundedContent{t, strings.NewReader("content and more"), 7}
	if _, err := c.Upload(t.Context(), u); err != nil {
		t.Error(err)
	}
}

type boundedContent struct {
	t *testing.T
	io.ReaderAt
	size int64
}

func (c boundedContent) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > c.size {
		c.t.Errorf("read of %d bytes at %d", len(p), off)
	}
	return c.ReaderAt.ReadAt(p, off)
}

var errDisk = errors.New("input/output error")

type failingContent struct{}

func (failingContent) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestUploadOfUnreadableContent(t *testing.T) {
	t.Parallel()
	for _, resume := range []int64{0, 3} {
		s := newScript(t)
		s.on(allocateRequest, s.allocated("INCOMPLETE", resume))
		s.on(uploadRequest, stored("content"))
		c, clock := newTestClient(t, s)
		u := textUpload("content")
		u.Content = failingContent{}
		_, err := c.Upload(t.Context(), u)
		if !errors.Is(err, errDisk) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrContentChanged) || len(clock.slept) > 0 {
			t.Errorf("got %v", err)
		}
	}
}

// Cancelling ends an upload at once, and its content is left alone from then on.
func TestUploadCancelled(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, stored("content"))
	c, clock := newTestClient(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	u := textUpload(strings.Repeat("x", 8<<20))
	content := &cancellingContent{t: t, cancel: cancel}
	u.Content = content
	_, err := c.Upload(ctx, u)
	content.returned.Store(true)
	if !errors.Is(err, context.Canceled) || len(clock.slept) > 0 {
		t.Errorf("got %v", err)
	}
}

type cancellingContent struct {
	t        *testing.T
	cancel   func()
	read     int
	returned atomic.Bool
}

func (c *cancellingContent) ReadAt(p []byte, _ int64) (int, error) {
	if c.returned.Load() {
		c.t.Error("content was read after the upload had ended")
	}
	if c.read += len(p); c.read > 1<<20 {
		c.cancel()
	}
	return len(p), nil
}

// Whatever the size, an upload takes the memory of a buffer.
func TestUploadMemory(t *testing.T) {
	const size = 64 << 20
	s := newScript(t)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/up" {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(500, "")(w, r)
			return
		}
		s.allocated("INCOMPLETE", size/2)(w, r)
	})
	c, _ := newTestClient(t, s, func(o *Options) { o.Retries = 0 })
	u := Upload{Path: "/mybox/backup/a", Size: size, MD5: md5OfZeros(size), Content: zeros{}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	done, err := c.Upload(t.Context(), u)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrUnavailable) || done.Sent != size/2 {
		t.Errorf("got %+v, %v", done, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("sending %d bytes took %d bytes of memory", size, used)
	}
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func md5OfZeros(size int64) MD5 {
	h := md5.New()
	_, _ = io.Copy(h, io.NewSectionReader(zeros{}, 0, size))
	return MD5(h.Sum(nil))
}

// Of proved content nothing is read that the service has already.
func TestProvedContentIsReadFromWhereItIsResumed(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 5))
	s.on(uploadRequest, stored("content"))
	c, _ := newTestClient(t, s)
	u := textUpload("content")
	u.Content, u.Proved = tailContent{t, strings.NewReader("content"), 5}, true
	if _, err := c.Upload(t.Context(), u); err != nil {
		t.Error(err)
	}
	if sent := s.seen(uploadRequest); len(sent) != 1 || string(sent[0].body) != "nt" {
		t.Errorf("sent: %+v", sent)
	}
}

// tailContent may be read from a position on.
type tailContent struct {
	t *testing.T
	io.ReaderAt
	from int64
}

func (c tailContent) ReadAt(p []byte, off int64) (int, error) {
	if off < c.from {
		c.t.Errorf("read from %d on", off)
	}
	return c.ReaderAt.ReadAt(p, off)
}
