package jotta

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// toll lets a piece pass every so often.
type toll struct {
	piece int
	every time.Duration

	mu     sync.Mutex
	passed []int
}

func (l *toll) Piece() int { return l.piece }

func (l *toll) Wait(ctx context.Context, n int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.passed = append(l.passed, n)
	return systemClock{}.Sleep(ctx, l.every)
}

func (l *toll) total() (n int) {
	for _, piece := range l.passed {
		n += piece
	}
	return n
}

// swallowing reads all that is sent, and answers.
type swallowing struct{ answers []string }

func (s *swallowing) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
}

// What a limit holds back is no stall, however long it takes; and each direction has
// its own.
func TestLimitsHoldBackPieceByPiece(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		content := strings.Repeat("content ", 40)
		u := textUpload(content)
		allocated := `{"state":"INCOMPLETE","upload_url":"https://up.jottacloud.com/x","bytes":320,"resume_pos":0}`
		stored := `{"bytes":320,"md5":"` + u.MD5.String() + `"}`
		up, down := &toll{piece: 7, every: 3 * time.Minute}, &toll{piece: 5, every: 2 * time.Minute}
		c, err := New(Options{
			Authorizer: BasicAuth("u1", "p"), Transport: &swallowing{answers: []string{allocated, stored}},
			UploadLimit: up, DownloadLimit: down,
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Upload(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if sent := up.total(); sent < len(content)+100 || sent > len(content)+300 {
			t.Errorf("%d bytes were let pass, of content and question", sent)
		}
		if received := down.total(); received != len(allocated)+len(stored) {
			t.Errorf("%d bytes of answers were let pass", received)
		}
		for _, limit := range []*toll{up, down} {
			for _, n := range limit.passed {
				if n < 1 || n > limit.piece {
					t.Errorf("%d bytes at once, allowed are %d", n, limit.piece)
				}
			}
		}
		waits := time.Duration(len(up.passed))*up.every + time.Duration(len(down.passed))*down.every
		if took := time.Since(began); took != waits {
			t.Errorf("took %v, of which %v waiting", took, waits)
		}
	})
}

func TestAnEndedUploadWaitsForNoLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{
			Authorizer: BasicAuth("u1", "p"), Transport: &swallowing{answers: []string{""}},
			UploadLimit: &toll{piece: 1, every: time.Hour},
		})
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, enough)
		defer cancel()
		began := time.Now()
		if _, err := c.Upload(ctx, textUpload("content")); !errors.Is(err, enough) || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// gate lets so many bytes pass, and no more until it is open.
type gate struct {
	left atomic.Int64
	open chan struct{}
}

func (g *gate) Piece() int { return 1 << 10 }

func (g *gate) Wait(ctx context.Context, n int) error {
	if g.left.Add(-int64(n)) > 0 {
		return nil
	}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// What may pass arrives, and does not wait for what may not yet.
func TestLimitedBytesArriveAtOnce(t *testing.T) {
	t.Parallel()
	limit := &gate{open: make(chan struct{})}
	limit.left.Store(30 << 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if _, err := io.CopyN(io.Discard, req.Body, 20<<10); err != nil {
			t.Error(err)
		}
		close(limit.open)
		_, _ = io.Copy(io.Discard, req.Body)
	}))
	defer server.Close()
	c, err := New(Options{
		Endpoints: Endpoints{JFS: server.URL, API: server.URL}, Authorizer: BasicAuth("u1", "p"), UploadLimit: limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(strings.Repeat("x", 100<<10)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.operation("send", "").send(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
