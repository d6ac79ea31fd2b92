package jotta

import (
	"context"
	"io"
)

// Limiter slows one direction of the traffic down. It is used by many goroutines.
type Limiter interface {
	// Piece returns how many bytes may move in one go, so that they move smoothly.
	Piece() int
	// Wait returns when n bytes, about a piece, may move, or the cause with which ctx
	// ended.
	Wait(ctx context.Context, n int) error
}

// limit slows down what is read of body; without a limiter it is left as it is.
func (w *stallWatch) limit(body io.ReadCloser, limiter Limiter) io.ReadCloser {
	if limiter == nil {
		return body
	}
	return limitedBody{body, limiter, w}
}

type limitedBody struct {
	io.ReadCloser
	limiter Limiter
	watch   *stallWatch
}

// Read reads a piece, and hands it on when it may move.
func (b limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), max(b.limiter.Piece(), 1))])
	if n == 0 {
		return n, err
	}
	b.watch.pause()
	if cause := b.limiter.Wait(b.watch.ctx, n); cause != nil {
		return 0, cause
	}
	b.watch.moved(n)
	return n, err
}
