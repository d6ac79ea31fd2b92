package checksum

import (
	"crypto/md5"
	"encoding"
	"errors"
	"hash"
	"io"
)

// chunkSize is how much of a file is read at once: so much that a disk that turns reads
// longer than it seeks. It is a multiple of the block of MD5, as lanes take whole blocks.
// Files up to smallSize need no such buffer.
const (
	chunkSize = 256 << 10
	smallSize = 32 << 10
)

// stream computes one checksum at a time, chunk by chunk.
type stream struct {
	content io.ReaderAt
	offset  int64 // of what comes next
	size    int64

	hash   savedHash // of the chunks before
	chunk  []byte    // read and not hashed, in buffer
	buffer []byte
	saved  []byte    // room to save the hash
	wake   chan bool // see queue.hash
}

// savedHash is what md5.New says that it returns.
type savedHash interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

func newStream() *stream {
	return &stream{
		hash:  md5.New().(savedHash),
		saved: make([]byte, 0, savedSize),
		wake:  make(chan bool, 1),
	}
}

func (s *stream) begin(content io.ReaderAt, size int64) {
	s.content, s.offset, s.size = content, 0, size
	s.hash.Reset()
}

// end forgets the content, however far it was read.
func (s *stream) end() { s.content, s.chunk = nil, nil }

func (s *stream) left() int64 { return s.size - s.offset }

// read makes chunk hold what comes next.
func (s *stream) read() error {
	want := min(s.left(), chunkSize)
	if int64(len(s.buffer)) < want {
		s.buffer = newBuffer(want)
	}
	s.chunk = s.buffer[:want]
	for rest := s.chunk; len(rest) > 0; {
		n, err := s.content.ReadAt(rest, s.offset)
		s.offset += int64(n)
		rest = rest[n:]
		switch {
		case err == nil && n == 0:
			return io.ErrNoProgress
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case err != nil && len(rest) > 0:
			return ErrShort
		}
	}
	return nil
}

func newBuffer(want int64) []byte {
	if want <= smallSize {
		return make([]byte, smallSize)
	}
	return make([]byte, chunkSize)
}

func (s *stream) sum() [md5.Size]byte { return [md5.Size]byte(s.hash.Sum(s.saved[:0])) }
