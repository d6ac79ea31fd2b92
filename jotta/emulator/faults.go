package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Fault is a misfortune that waits for its request. It strikes the requests that match
// Route and Path: the Nth of them, or each with Probability, or simply each; and at
// most Times. A Fault that does not say what happens resets the connection; one that
// only has a Delay lets the request go on after it.
type Fault struct {
	Name string `json:"name,omitempty"` // to tell faults apart; default: the route

	// Which requests.
	Route       string  `json:"route,omitempty"`       // name of an operation, as in the request log; empty: all
	Path        string  `json:"path,omitempty"`        // part of the path (of an upload: of the file's); empty: all
	Nth         int     `json:"nth,omitempty"`         // only the nth match, from 1; 0: every one
	Times       int     `json:"times,omitempty"`       // how often at most; 0: once, without limit if Probability is set
	Probability float64 `json:"probability,omitempty"` // of each match; 0: certain
	Seed        uint64  `json:"seed,omitempty"`        // of the dice

	// When: before the operation has any effect, or after it, instead of its answer.
	After bool `json:"after,omitempty"`

	// What.
	Delay      time.Duration     `json:"delay,omitempty"`
	Reset      bool              `json:"reset,omitempty"`
	Status     int               `json:"status,omitempty"`
	Body       string            `json:"body,omitempty"`     // with Status; empty: the service's own form of error
	ErrorID    string            `json:"error_id,omitempty"` // with Status
	Headers    map[string]string `json:"headers,omitempty"`  // with Status
	RetryAfter string            `json:"retry_after,omitempty"`

	CutRequest int64 `json:"cut_request,omitempty"` // read so many bytes of the body, then reset; what came is kept
	CutAnswer  int64 `json:"cut_answer,omitempty"`  // send so many bytes of the answer's body, then reset
	FlipAnswer int64 `json:"flip_answer,omitempty"` // change the byte at this place, from 1, of the answer's body
}

// onlyDelays says that the request goes on as usual, later.
func (f *Fault) onlyDelays() bool {
	return f.Delay > 0 && !f.Reset && !f.After && f.Status == 0
}

// script is a fault and what became of it.
type script struct {
	Fault
	matches int
	hits    int
	dice    *rand.Rand
}

type faults struct {
	mu      sync.Mutex
	scripts []*script
}

func newFaults() *faults { return new(faults) }

// Inject adds scripted faults. They are tried in the order given; the first that
// strikes is the only one for its request.
func (s *Server) Inject(scripted ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, each := range scripted {
		s.faults.scripts = append(s.faults.scripts, &script{Fault: each, dice: rand.New(rand.NewPCG(each.Seed, 0))})
	}
}

// ClearFaults removes all scripted faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.scripts = nil
}

// UnhitFaults names the faults that never struck: a test that scripted them has not
// shown what it meant to show.
func (s *Server) UnhitFaults() []string {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	var unhit []string
	for _, each := range s.faults.scripts {
		if each.hits == 0 {
			unhit = append(unhit, fmt.Sprintf("%s (%d matches)", each.title(), each.matches))
		}
	}
	return unhit
}

func (f Fault) title() string {
	if f.Name != "" {
		return f.Name
	}
	return strings.TrimSpace(f.Route + " " + f.Path)
}

// pick returns the fault that strikes this request, or nil.
func (f *faults) pick(x *exchange, found route) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, each := range f.scripts {
		if each.matchesRequest(x, found) && each.strikes() {
			each.hits++
			return &each.Fault
		}
	}
	return nil
}

func (f *faults) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.scripts) == 0
}

func (s *script) matchesRequest(x *exchange, found route) bool {
	if s.Route != "" && s.Route != found.name || found.own {
		return false
	}
	return s.Path == "" || strings.Contains(x.subject(found), s.Path)
}

// strikes counts a match and throws the dice.
func (s *script) strikes() bool {
	s.matches++
	limit := s.Times
	if limit == 0 && s.Probability == 0 {
		limit = 1
	}
	switch {
	case limit > 0 && s.hits >= limit, s.Nth > 0 && s.matches != s.Nth:
		return false
	case s.Probability > 0:
		return s.dice.Float64() < s.Probability
	}
	return true
}
