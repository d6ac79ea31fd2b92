package jotta

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const accountRequest = "GET /jfs/u1"

// Every status is either tried again, as often as allowed, or never.
func TestRetryByStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		want   int // requests
	}{
		{429, 4}, {500, 4}, {502, 4}, {503, 4}, {504, 4}, {509, 4},
		{400, 1}, {401, 1}, {403, 1}, {404, 1}, {409, 1}, {413, 1}, {416, 1}, {420, 1}, {460, 1}, {501, 1},
	}
	for _, tt := range tests {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(accountRequest, answer(tt.status, ""))
			c, clock := newTestClient(t, s)
			_, err := c.Account(t.Context())
			if n := len(s.seen(accountRequest)); err == nil || n != tt.want || len(clock.slept) != tt.want-1 {
				t.Errorf("%d requests, want %d; slept %v; %v", n, tt.want, clock.slept, err)
			}
			if stats := c.Stats(); stats.Requests != int64(tt.want) || stats.Retries != int64(tt.want-1) {
				t.Errorf("counted %+v", stats)
			}
		})
	}
}

func TestRetryUntilItWorks(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(accountRequest, reset(""), reset("<user>"), answer(503, "", "Retry-After: 7"), answerFile(t, "user.xml"))
	log := new(bytes.Buffer)
	c, clock := newTestClient(t, s, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	if _, err := c.Account(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(clock.slept) != 3 || clock.slept[2] != 7*time.Second {
		t.Errorf("slept %v, want the 7s of Retry-After last", clock.slept)
	}
	for i, limit := range []time.Duration{500 * time.Millisecond, time.Second} {
		if d := clock.slept[i]; d < limit/2 || d > limit {
			t.Errorf("wait %d was %v, want %v to %v", i, d, limit/2, limit)
		}
	}
	if n := strings.Count(log.String(), "trying again"); n != 3 || !strings.Contains(log.String(), "server code 503") {
		t.Errorf("the log does not tell:\n%s", log)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	t.Parallel()
	for retried := range 100 {
		if d := backoff(retried, errors.New("x")); d < firstBackoff/2 || d > maxBackoff {
			t.Errorf("backoff(%d) = %v", retried, d)
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	c, clock := newTestClient(t, s)
	s.Close()
	_, err := c.Account(t.Context())
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnauthorized) || len(clock.slept) != 3 {
		t.Errorf("got %v after %v", err, clock.slept)
	}
	if !strings.HasPrefix(err.Error(), "read the account: the cloud cannot be reached: dial tcp") {
		t.Errorf("got %v", err)
	}
}

// A certificate that is not trusted does not become so by asking again.
func TestUntrustedCertificateIsFinal(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	clock := new(fakeClock)
	c, err := New(Options{Endpoints: Endpoints{JFS: s.URL}, Authorizer: BasicAuth("u1", "p"), Retries: 3, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Account(t.Context()); !errors.Is(err, ErrUnavailable) || len(clock.slept) > 0 {
		t.Errorf("got %v after %v", err, clock.slept)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(accountRequest, answer(503, ""))
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newTestClient(t, s, func(o *Options) { o.Clock = cancellingClock{systemClock{}, cancel} })
	if _, err := c.Account(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if n := len(s.seen(accountRequest)); n != 1 {
		t.Errorf("%d requests", n)
	}
}

type cancellingClock struct {
	systemClock
	cancel func()
}

func (c cancellingClock) Sleep(ctx context.Context, _ time.Duration) error {
	c.cancel()
	return c.systemClock.Sleep(ctx, time.Hour)
}

func TestStallEndsAnAttempt(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	halfway := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("<user>"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	s.on(accountRequest, silent, halfway, answerFile(t, "user.xml"))
	c, clock := newTestClient(t, s, func(o *Options) { o.StallTimeout = 100 * time.Millisecond; o.Retries = 2 })
	if _, err := c.Account(t.Context()); err != nil || len(clock.slept) != 2 {
		t.Errorf("got %v after %v", err, clock.slept)
	}

	s.on("GET /jfs/u1/d/b", silent)
	_, err := c.List(t.Context(), "/d/b")
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "not a byte moved in 100ms") {
		t.Errorf("got %v", err)
	}
}

func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	var written atomic.Int64
	s.on(accountRequest, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := w.Write(bytes.Repeat([]byte(" "), 1<<16))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c, _ := newTestClient(t, s)
	if _, err := c.Account(t.Context()); !errors.Is(err, ErrBadAnswer) || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
	if n := written.Load(); n > 64<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// session is a sign-in whose token can be renewed.
type session struct {
	token     atomic.Value
	refreshes atomic.Int64
	err       error
}

func (s *session) Authorize(_ context.Context, req *http.Request) error {
	req.Header.Set("Authorization", s.token.Load().(string))
	return nil
}

func (s *session) Refresh(_ context.Context, refused *http.Request) error {
	if refused.Header.Get("Authorization") == "stale" {
		s.refreshes.Add(1)
		s.token.Store("fresh")
	}
	return s.err
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	needsFresh := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "fresh" {
			answer(401, "")(w, r)
			return
		}
		answer(200, "<user><username>u1</username></user>")(w, r)
	}
	network := errors.New("no route")
	tests := []struct {
		name     string
		answer   http.HandlerFunc
		err      error
		want     error
		requests int
	}{
		{"works", needsFresh, nil, nil, 2},
		{"is refused again", answer(401, ""), nil, ErrUnauthorized, 2},
		{"fails", needsFresh, network, network, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(accountRequest, tt.answer)
			auth := &session{err: tt.err}
			auth.token.Store("stale")
			c, clock := newTestClient(t, s, func(o *Options) { o.Authorizer = auth; o.Username = "u1" })
			_, err := c.Account(t.Context())
			if !errors.Is(err, tt.want) || auth.refreshes.Load() != 1 || len(s.seen(accountRequest)) != tt.requests || len(clock.slept) > 0 {
				t.Errorf("got %v, %d refreshes, %d requests", err, auth.refreshes.Load(), len(s.seen(accountRequest)))
			}
		})
	}
}
