// Package checksum computes the MD5 of many files at once.
//
// MD5 is what JottaCloud knows content by. It serves here to tell whether
// content is the same, not to keep out an attacker.
//
// One MD5 cannot be computed faster than crypto/md5 does, but several can side by side,
// in the lanes of wide registers. So many files are read at the same time, each by its
// caller (stream.go); what they read is brought together (queue.go) and hashed in lanes,
// where the processor has them (lanes.go). What comes alone is left to crypto/md5.
package checksum

import (
	"context"
	"crypto/md5"
	"errors"
	"io"
	"sync"
)

// ErrShort says that content ended before its stated size.
var ErrShort = errors.New("the file ended before its size")

// maxStreams bounds memory, and open files, where there are many workers. It fills the
// lanes of 16 of them, and memory is hardly fast enough for more.
const maxStreams = 256

// Hasher computes checksums, hashing on a given number of CPUs at most. It may be used
// by many goroutines, and has none of its own.
//
// Each checksum in progress takes a buffer: of 32 KiB for files up to that size, of
// 256 KiB for others.
type Hasher struct {
	places  chan struct{} // for streams
	streams sync.Pool     // those that nobody uses
	queue   *queue
}

// New returns a Hasher with so many workers, and with one where workers is less.
func New(workers int) *Hasher { return newHasher(workers, usableLanes()) }

func newHasher(workers, lanes int) *Hasher {
	workers = max(workers, 1)
	streams := min(workers*max(lanes, 2), maxStreams) // at the least, one reads while another hashes
	return &Hasher{
		places:  make(chan struct{}, streams),
		streams: sync.Pool{New: func() any { return newStream() }},
		queue:   newQueue(workers, lanes),
	}
}

// Streams is how many checksums are computed at the same time. With fewer callers of
// Sum, lanes stay empty; more would wait.
func (h *Hasher) Streams() int { return cap(h.places) }

// Sum returns the MD5 of the first size bytes of content, which it reads in the caller's
// goroutine. It waits for a place, and returns early, with the cause, when ctx ends.
func (h *Hasher) Sum(ctx context.Context, content io.ReaderAt, size int64) ([md5.Size]byte, error) {
	if ctx.Err() != nil {
		return [md5.Size]byte{}, context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return [md5.Size]byte{}, context.Cause(ctx)
	case h.places <- struct{}{}:
	}
	defer func() { <-h.places }()
	s := h.streams.Get().(*stream)
	defer h.streams.Put(s)
	s.begin(content, size)
	defer s.end()
	return h.sum(ctx, s)
}

func (h *Hasher) sum(ctx context.Context, s *stream) ([md5.Size]byte, error) {
	h.queue.join()
	defer h.queue.leave()
	for s.left() > 0 {
		if ctx.Err() != nil {
			return [md5.Size]byte{}, context.Cause(ctx)
		}
		if err := s.read(); err != nil {
			return [md5.Size]byte{}, err
		}
		h.queue.hash(s)
	}
	return s.sum(), nil
}
