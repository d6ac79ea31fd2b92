package jotta

import (
	"context"
	"fmt"
	"io"
	"time"
)

// stallWatch ends an attempt that moves no byte, in either direction, for a while.
// How long an attempt takes as a whole is not limited.
type stallWatch struct {
	timeout time.Duration
	timer   *time.Timer
	ctx     context.Context
	cancel  context.CancelCauseFunc
}

// watchStall returns a context that ends, with an ErrUnavailable as its cause,
// when the watch has not been fed for timeout.
func watchStall(ctx context.Context, timeout time.Duration) (context.Context, *stallWatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(timeout, func() {
		cancel(fmt.Errorf("%w: not a byte moved in %v", ErrUnavailable, timeout))
	})
	return ctx, &stallWatch{timeout, timer, ctx, cancel}
}

func (w *stallWatch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// question feeds the watch with what is read of the body that is sent.
func (w *stallWatch) question(body io.ReadCloser) io.ReadCloser { return watchedQuestion{body, w} }

// answer feeds the watch with what is received; to close it is to end the attempt.
func (w *stallWatch) answer(body io.ReadCloser) io.ReadCloser { return watchedAnswer{body, w} }

// pause lets time pass that is not the cloud's fault, until the next byte moves.
func (w *stallWatch) pause() { w.timer.Stop() }

func (w *stallWatch) moved(n int) {
	if n > 0 && w.ctx.Err() == nil {
		w.timer.Reset(w.timeout)
	}
}

type watchedQuestion struct {
	io.ReadCloser
	watch *stallWatch
}

func (b watchedQuestion) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.moved(n)
	return n, err
}

type watchedAnswer struct {
	io.ReadCloser
	watch *stallWatch
}

func (b watchedAnswer) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.moved(n)
	if err != nil && err != io.EOF {
		err = networkError(b.watch.ctx, err)
	}
	return n, err
}

func (b watchedAnswer) Close() error {
	b.watch.stop()
	return b.ReadCloser.Close()
}
