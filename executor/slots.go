package executor

import (
	"context"
	"slices"
	"sync"
)

// wholeFile is the size up to which a file is read once: what is sent of it is what
// was hashed.
const wholeFile = 4 << 20

// Slots are places for files in flight, each with a buffer for a small one: what a
// run needs of memory is bounded by them. How many are given out at a time adapts to what
// the cloud bears. Jobs that run together share them, and get them in the order in which
// they asked.
type Slots struct {
	most int

	mu      sync.Mutex
	pace    pace
	taken   int
	idle    []*slot
	waiting []chan *slot
}

// slot is a place for one file in flight.
type slot struct{ buffer []byte }

// NewSlots returns n free places, and one where n is less.
func NewSlots(n int) *Slots {
	n = max(n, 1)
	return &Slots{most: n, pace: newPace(n)}
}

// take waits for a free slot, or for ctx to end, of which it returns the cause.
func (s *Slots) take(ctx context.Context) (*slot, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	if s.taken < s.pace.limit && len(s.waiting) == 0 {
		defer s.mu.Unlock()
		return s.handOut(), nil
	}
	turn := make(chan *slot, 1)
	s.waiting = append(s.waiting, turn)
	s.mu.Unlock()
	select {
	case slot := <-turn:
		return slot, nil
	case <-ctx.Done():
		s.leave(turn)
		return nil, context.Cause(ctx)
	}
}

// release gives a slot back.
func (s *Slots) release(slot *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.idle = append(s.idle, slot)
	s.serve()
}

// adapt tells the pace of something that happened.
func (s *Slots) adapt(happened func(*pace)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	happened(&s.pace)
	s.serve()
}

// leave takes back a turn, whose slot may be there already.
func (s *Slots) leave(turn chan *slot) {
	s.mu.Lock()
	if at := slices.Index(s.waiting, turn); at >= 0 {
		s.waiting = slices.Delete(s.waiting, at, at+1)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.release(<-turn)
}

// serve gives free slots to those who wait. It is called with the lock held.
func (s *Slots) serve() {
	for s.taken < s.pace.limit && len(s.waiting) > 0 {
		s.waiting[0] <- s.handOut()
		s.waiting = s.waiting[1:]
	}
}

// handOut takes the slot that was used last. It is called with the lock held.
func (s *Slots) handOut() *slot {
	s.taken++
	if len(s.idle) == 0 {
		return new(slot)
	}
	last := len(s.idle) - 1
	slot := s.idle[last]
	s.idle = s.idle[:last]
	return slot
}

// room returns the slot's buffer, of a size up to wholeFile.
func (s *slot) room(size int64) []byte {
	if int64(cap(s.buffer)) < size {
		const least = 64 << 10
		room := int64(least)
		for room < size {
			room *= 2
		}
		s.buffer = make([]byte, room)
	}
	return s.buffer[:size]
}
