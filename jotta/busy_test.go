package jotta

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// A service that is asked too much is heard each time, at once; other trouble is not
// taken for that.
func TestUploadTellsOfABusyService(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, answer(http.StatusTooManyRequests, ""), answer(http.StatusInternalServerError, ""), s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, answer(http.StatusServiceUnavailable, ""), stored("content"))
	c, _ := newTestClient(t, s)
	busy := 0
	u := textUpload("content")
	u.Busy = func() { busy++ }
	if _, err := c.Upload(t.Context(), u); err != nil || busy != 2 {
		t.Errorf("%v; busy %d times, want 2", err, busy)
	}
}

// ticking is a clock by which everything takes a second.
type ticking struct{ now time.Time }

func (c *ticking) Now() time.Time {
	c.now = c.now.Add(time.Second)
	return c.now
}

func (*ticking) Sleep(context.Context, time.Duration) error { return nil }

func TestUploadTellsHowLongTheAnswerTook(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("COMPLETED", 0))
	c, _ := newTestClient(t, s, func(o *Options) { o.Clock = new(ticking) })
	if uploaded, err := c.Upload(t.Context(), textUpload("content")); err != nil || uploaded.Answer <= 0 {
		t.Errorf("%+v, %v", uploaded, err)
	}
}
