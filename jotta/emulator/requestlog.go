package emulator

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Request is one line of the request log. It never holds a secret: of sign-in it
// knows the kind only, and routes whose query may hold one are logged without it.
type Request struct {
	Number   int64     `json:"number"`
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Query    string    `json:"query,omitempty"`
	Route    string    `json:"route"`
	Auth     string    `json:"auth"`
	Range    string    `json:"range,omitempty"`
	Received int64     `json:"received"`
	Sent     int64     `json:"sent"`
	Status   int       `json:"status"` // 0: still running, or cut before an answer
	Done     bool      `json:"done"`
}

// maxRequests bounds the log; the oldest half goes first.
const maxRequests = 200_000

type requestLog struct {
	mu      sync.Mutex
	entries []*Request
	count   int64
}

func (l *requestLog) begin(r *http.Request, found route, auth authentication) *Request {
	entry := &Request{
		Time: time.Now(), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		Route: found.name, Auth: auth.kind, Range: r.Header.Get("Range"),
	}
	if found.quiet {
		entry.Query = ""
	}
	if strings.HasPrefix(entry.Path, sharePrefix) {
		entry.Path = sharePrefix // the rest is a secret
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	entry.Number = l.count
	if len(l.entries) >= maxRequests {
		l.entries = slices.Clone(l.entries[maxRequests/2:])
	}
	l.entries = append(l.entries, entry)
	return entry
}

func (l *requestLog) end(entry *Request, m *meter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Received, entry.Sent, entry.Status, entry.Done = m.received.Load(), m.sent, m.status, true
}

// Requests is the log so far, oldest first.
func (s *Server) Requests() []Request {
	l := s.requests
	l.mu.Lock()
	defer l.mu.Unlock()
	copied := make([]Request, len(l.entries))
	for i, entry := range l.entries {
		copied[i] = *entry
	}
	return copied
}

// ResetRequests empties the log. Numbers go on.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.entries = nil
}

// meter counts what goes in and out of one request.
type meter struct {
	http.ResponseWriter
	body     io.ReadCloser
	received atomic.Int64 // the transport may still read after the handler is done
	sent     int64
	status   int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.body.Read(p)
	m.received.Add(int64(n))
	return n, err
}

func (m *meter) Close() error { return m.body.Close() }

func (m *meter) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(p []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(p)
	m.sent += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

var errCut = errors.New("cut by a scripted fault")
