package jotta

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is a server that gives prepared answers, in order, to each kind of
// request, and notes what it was asked. The last answer is given for ever.
type script struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string][]http.HandlerFunc
	requests []request
}

type request struct {
	http.Request
	body string
}

func newScript(t *testing.T) *script {
	t.Helper()
	s := &script{answers: map[string][]http.HandlerFunc{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// on adds answers to requests like "GET /jfs/u1/mybox".
func (s *script) on(request string, answers ...http.HandlerFunc) {
	s.answers[request] = append(s.answers[request], answers...)
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.URL.EscapedPath()
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, request{*r, string(body)})
	answers := s.answers[key]
	if len(answers) > 1 {
		s.answers[key] = answers[1:]
	}
	s.mu.Unlock()
	if len(answers) == 0 {
		answer(http.StatusTeapot, "not in the script: "+key)(w, r)
		return
	}
	answers[0](w, r)
}

// seen returns the requests of one kind.
func (s *script) seen(kind string) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []request
	for _, r := range s.requests {
		if r.Method+" "+r.URL.EscapedPath() == kind {
			found = append(found, r)
		}
	}
	return found
}

func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func answerFile(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return answer(http.StatusOK, string(text))
}

// reset breaks the connection after having sent a part of an answer.
func reset(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, part)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// fakeClock does not sleep, but notes how long it should have.
type fakeClock struct {
	mu    sync.Mutex
	slept []time.Duration
}

func (c *fakeClock) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func newTestClient(t *testing.T, s *script, change ...func(*Options)) (*Client, *fakeClock) {
	t.Helper()
	clock := new(fakeClock)
	o := Options{
		Endpoints:  Endpoints{JFS: s.URL, API: s.URL, Upload: s.URL, Token: s.URL},
		Authorizer: BasicAuth("u1", "canary-password"),
		Retries:    3,
		Clock:      clock,
	}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, clock
}

func jfsError(status int, id string) http.HandlerFunc {
	return answer(status, fmt.Sprintf("<error><code>%d</code><message>no.jotta.backup.errors.%s: told so</message>"+
		"<reason/><cause/><hostname/><x-id>x-1</x-id></error>", status, id))
}
