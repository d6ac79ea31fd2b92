package faults

import (
	"context"
	"sync"
	"time"
)

// virtualClock is one by which waiting takes no time.
type virtualClock struct {
	mu    sync.Mutex
	slept []time.Duration
	total time.Duration
}

func (c *virtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.total)
}

func (c *virtualClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept = append(c.slept, d)
	c.total += d
	return context.Cause(ctx)
}
