package emulator

import (
	"log/slog"
	"net/http"
)

// settlement is what is left to do for a change once the lock is released.
type settlement struct {
	ticket   int64
	released released
}

// apply decides on a change and makes it, in one step as seen from outside. After it
// has been applied, look may read the result. The change is not durable yet.
func (s *Server) apply(decide func() ([]record, error), look func()) (settlement, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return settlement{}, refuse(http.StatusServiceUnavailable, idUnavailable, "the cloud is closed")
	}
	records, err := decide()
	if err != nil {
		return settlement{}, err
	}
	// Without records too: what the answer tells may not be durable yet.
	done := settlement{ticket: s.journal.position()}
	if len(records) > 0 {
		if done.ticket, err = s.write(records); err != nil {
			s.options.Logger.Error("write change", slog.Any("error", err))
			return settlement{}, err
		}
	}
	done.released, s.tree.released = s.tree.released, released{}
	if look != nil {
		look()
	}
	return done, nil
}

func (s *Server) write(records []record) (ticket int64, err error) {
	line, err := encodeChange(records)
	if err != nil {
		return 0, err
	}
	if ticket, err = s.journal.append(line); err != nil {
		return 0, err
	}
	if err := s.tree.applyAll(records); err != nil {
		s.journal.fail(err)
		return 0, err
	}
	return ticket, nil
}

// settle waits until a change is durable, and then removes what it let go of.
func (s *Server) settle(done settlement) error {
	if err := s.journal.wait(done.ticket); err != nil {
		return err
	}
	s.clean(done.released)
	return nil
}

// clean removes from disk what the tree has let go of.
func (s *Server) clean(given released) {
	if len(given.content)+len(given.uploads) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sum := range given.content {
		if s.tree.content[sum] == nil {
			s.contents.remove(sum)
		}
	}
	for _, dropped := range given.uploads {
		if s.tree.uploads[dropped.id] == nil {
			s.contents.removePartial(dropped)
		}
	}
}

// change is apply and settle: on return the change is durable.
func (s *Server) change(decide func() ([]record, error), look func()) error {
	done, err := s.apply(decide, look)
	if err != nil {
		return err
	}
	return s.settle(done)
}
