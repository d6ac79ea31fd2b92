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

// New returns a Hasher that computes up to workers checksums at once.
func New(workers int) *Hasher {
	h := &Hasher{buffers: make(chan []byte, workers)}
	for range workers {
		h.buffers <- nil // made when first needed
	}
	return h
}

// Sum returns the MD5 of the first size bytes of content. It waits for a free
// worker and returns early, with the context's error, when ctx ends.
func (h *Hasher) Sum(ctx context.Context, content io.ReaderAt, size int64) ([md5.Size]byte, error) {
	var buffer []byte
	select {
	case <-ctx.Done():
		return [md5.Size]byte{}, ctx.Err()
	case buffer = <-h.buffers:
	}
	if buffer == nil {
		buffer = make([]byte, bufferSize)
	}
	defer func() { h.buffers <- buffer }()

	hash := md5.New()
	for offset := int64(0); offset < size; {
		if err := ctx.Err(); err != nil {
			return [md5.Size]byte{}, err
		}
		n, err := content.ReadAt(buffer[:min(size-offset, bufferSize)], offset)
		hash.Write(buffer[:n])
		offset += int64(n)
		if offset < size && errors.Is(err, io.EOF) {
			return [md5.Size]byte{}, ErrShort
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return [md5.Size]byte{}, err
		}
	}
	return [md5.Size]byte(hash.Sum(nil)), nil
}
