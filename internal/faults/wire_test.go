package faults

import (
	"errors"
	"net"
	"sync"
	"time"
)

// wire is a listener whose connections misbehave.
type wire struct {
	net.Listener
	mu     sync.Mutex
	policy func() manners
	open   map[*badConn]bool
}

// manners say how a connection treats the bytes that come over it. The zero value is
// well-behaved.
type manners struct {
	latency   time.Duration // before the first byte of each answer
	readStep  int           // how many bytes come at a time; 0: as many as there are
	writeStep int           // how many bytes go at a time
	pause     time.Duration // after each step
	resetAt   int64         // breaks once so many bytes have come; 0: never
	swallowAt int64         // moves nothing any more once so many bytes have come; 0: never
}

// behave gives every connection from now on the manners that policy says, and cuts
// those that are open.
func (w *wire) behave(policy func() manners) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.policy = policy
	for c := range w.open {
		c.cut()
	}
	w.open = map[*badConn]bool{}
}

// Accept returns the next connection, with its manners.
func (w *wire) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	bad := &badConn{Conn: conn, closed: make(chan struct{})}
	if w.policy != nil {
		bad.manners = w.policy()
		if tcp, ok := conn.(*net.TCPConn); ok && bad.readStep > 0 {
			_ = tcp.SetReadBuffer(16 << 10) // else the system takes all at once
		}
	}
	if w.open == nil {
		w.open = map[*badConn]bool{}
	}
	w.open[bad] = true
	return bad, nil
}

type badConn struct {
	net.Conn
	manners
	came   int64 // only ever touched by the one that reads
	once   sync.Once
	closed chan struct{}
}

var errBroken = errors.New("broken on purpose")

func (c *badConn) Read(p []byte) (int, error) {
	if c.readStep > 0 {
		p = p[:min(len(p), c.readStep)]
		c.wait(c.pause)
	}
	n, err := c.Conn.Read(p)
	c.came += int64(n)
	switch {
	case c.resetAt > 0 && c.came >= c.resetAt:
		c.cut()
		return 0, errBroken
	case c.swallowAt > 0 && c.came >= c.swallowAt:
		<-c.closed
		return 0, errBroken
	}
	return n, err
}

func (c *badConn) Write(p []byte) (written int, err error) {
	c.wait(c.latency)
	for len(p) > written && err == nil {
		part := p[written:]
		if c.writeStep > 0 {
			part = part[:min(len(part), c.writeStep)]
			c.wait(c.pause)
		}
		var n int
		n, err = c.Conn.Write(part)
		written += n
	}
	return written, err
}

// wait takes so long, or until the connection is closed.
func (c *badConn) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.closed:
	}
}

// cut breaks the connection in such a way that the other end notices.
func (c *badConn) cut() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (c *badConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
