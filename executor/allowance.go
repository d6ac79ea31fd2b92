package executor

import (
	"errors"
	"sync"
	"time"
)

var (
	// ErrMaxTransfer says that a file was not tried because, with it, more would have
	// been sent than is allowed.
	ErrMaxTransfer = errors.New("more is not to be sent in this run")
	// ErrMaxDuration says that something was not begun because its time was over.
	ErrMaxDuration = errors.New("the time of this run is over")
)

// Allowance is what a run may do before it ends by itself, starting nothing new. Jobs
// that run together share one. The nil Allowance has no end.
type Allowance struct {
	until time.Time
	now   func() time.Time

	mu      sync.Mutex
	bounded bool
	left    int64 // bytes to be sent
}

// NewAllowance lets so many bytes be sent, any number where it is 0, and files be begun
// until that time, at any where it is zero.
func NewAllowance(bytes int64, until time.Time, now func() time.Time) *Allowance {
	return &Allowance{until: until, now: now, bounded: bytes > 0, left: bytes}
}

// Over returns ErrMaxDuration when the time is over.
func (a *Allowance) Over() error {
	if a == nil || a.until.IsZero() || a.now().Before(a.until) {
		return nil
	}
	return ErrMaxDuration
}

// begin takes what a file may need, or says why it is not to be begun. One that is too
// large for what is left keeps no smaller one from being sent.
func (a *Allowance) begin(size int64) error {
	if a == nil {
		return nil
	}
	if err := a.Over(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bounded && size > max(a.left, 0) {
		return ErrMaxTransfer
	}
	a.left -= size
	return nil
}

// settle counts what was sent instead of what was taken for it.
func (a *Allowance) settle(taken, sent int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left += taken - sent
}
