// Package checksum computes the MD5 of many files at once.
//
// MD5 is what JottaCloud knows content by. It serves here to tell whether
// content is the same, not to keep out an attacker.
package checksum

import (
	"context"
	"crypto/md5"
	"errors"
	"io"
)

// ErrShort says that content ended before its stated size.
var ErrShort = errors.New("the file ended before its size")

// bufferSize is how much is read at once: large enough that the calls cost
// nothing beside the hashing.
const bufferSize = 512 << 10

// Hasher computes checksums, at most a given number at the same time. It may be
// used by many goroutines.
type Hasher struct{ buffers chan []byte }

// New returns a Hasher that computes up to workers checksums at once, and one where
// workers is less.
func New(workers int) *Hasher {
	workers = max(workers, 1)
	h := &Hasher{buffers: make(chan []byte, workers)}
	for range workers {
		h.buffers <- nil // made when first needed
	}
	return h
}

// Sum returns the MD5 of the first size bytes of content. It waits for a free
// worker and returns early, with the cause, when ctx ends.
func (h *Hasher) Sum(ctx context.Context, content io.ReaderAt, size int64) ([md5.Size]byte, error) {
	if ctx.Err() != nil {
		return [md5.Size]byte{}, context.Cause(ctx)
	}
	var buffer []byte
	select {
	case <-ctx.Done():
		return [md5.Size]byte{}, context.Cause(ctx)
	case buffer = <-h.buffers:
	}
	if buffer == nil {
		buffer = make([]byte, bufferSize)
	}
	defer func() { h.buffers <- buffer }()
	return sum(ctx, content, size, buffer)
}

func sum(ctx context.Context, content io.ReaderAt, size int64, buffer []byte) ([md5.Size]byte, error) {
	hash := md5.New()
	for offset := int64(0); offset < size; {
		if ctx.Err() != nil {
			return [md5.Size]byte{}, context.Cause(ctx)
		}
		n, err := content.ReadAt(buffer[:min(size-offset, int64(len(buffer)))], offset)
		hash.Write(buffer[:n])
		offset += int64(n)
		switch {
		case err == nil && n == 0:
			return [md5.Size]byte{}, io.ErrNoProgress
		case err != nil && !errors.Is(err, io.EOF):
			return [md5.Size]byte{}, err
		case err != nil && offset < size:
			return [md5.Size]byte{}, ErrShort
		}
	}
	return [md5.Size]byte(hash.Sum(nil)), nil
}
