package emulator

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// upload is a version that has been announced and is not complete.
type upload struct {
	id      string
	corrupt bool // the last attempt did not have the MD5 that was announced
	target  revision
	file    *file
	partial *partial
}

// partial is what has arrived of an upload. One request at a time writes to it; the
// next one waits.
type partial struct {
	received atomic.Int64
	onDisk   atomic.Bool // has a file

	writing sync.Mutex // guards what follows, and the file
	sum     hash.Hash  // of the first summed bytes; nil after a restart
	summed  int64
}

// errDropped answers for an upload that never was, is complete, or was given up for
// another one of the same file.
var errDropped = refuse(http.StatusNotFound, idNoSuchFile, "no such upload")

// awaits says that the upload is of this content, so that it can be resumed.
func (u *upload) awaits(want revision) bool {
	return u.target.digest.sum == want.digest.sum && u.target.size == want.size
}

type uploadAnswer struct {
	Path      string `json:"path"`
	ContentID string `json:"content_id"`
	Bytes     int64  `json:"bytes"`
	MD5       string `json:"md5"`
	Modified  int64  `json:"modified"` // milliseconds since 1970
}

// receive is POST upload_url: bytes of an announced upload, from the start or from
// where the Range header says. What arrives is kept, whatever happens next. If more is
// to come, the answer is 420; if it is all and has another MD5, 421 [?].
func (x *exchange) receive() error {
	id := strings.TrimPrefix(x.r.URL.Path, uploadPrefix)
	pending := x.server.pending(id)
	if pending == nil {
		return errDropped
	}
	start, err := uploadStart(x.r, pending.target.size)
	if err != nil {
		return err
	}
	held, err := x.server.take(pending, start, x.r.ContentLength, x.r.Body)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, held)
}

// pending finds an upload, as it was when it was looked at.
func (s *Server) pending(id string) *upload {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found := s.tree.uploads[id]; found != nil {
		return ptr(*found)
	}
	return nil
}

// uploadStart is the first byte that the body brings. The Range header must agree
// with the length of the body, or run to the end of the file.
func uploadStart(r *http.Request, size int64) (start int64, err error) {
	if header := r.Header.Get("Range"); header != "" {
		first, last, err := rangeEnds(header, size)
		if err != nil || strings.HasPrefix(header, "bytes=-") {
			return 0, invalid("range %q is not understood", header)
		}
		if last != size-1 && last-first+1 != r.ContentLength {
			return 0, invalid("range %q does not fit a body of %d bytes", header, r.ContentLength)
		}
		start = first
	}
	switch {
	case r.ContentLength < 0:
		return 0, refuse(http.StatusLengthRequired, idInvalidArgument, "Content-Length is missing")
	case start > size || r.ContentLength > size-start:
		return 0, invalid("%d bytes from %d on are more than the %d that were allocated", r.ContentLength, start, size)
	}
	return start, nil
}

// take writes length bytes of body at start. If the content is then whole, it becomes
// the current version, durably.
func (s *Server) take(u *upload, start, length int64, body io.Reader) (*uploadAnswer, error) {
	u.partial.writing.Lock()
	defer u.partial.writing.Unlock()
	if received := u.partial.received.Load(); start > received {
		return nil, refuse(http.StatusRequestedRangeNotSatisfiable, idRange, "only %d bytes have arrived", received)
	}
	if s.pending(u.id) == nil {
		return nil, errDropped
	}
	if start > 0 || length != u.target.size || length > smallUpload {
		return s.takeInPieces(u, start, length, body)
	}
	buffer := smallBuffers.Get().(*[smallUpload]byte)
	defer smallBuffers.Put(buffer)
	n, _ := io.ReadFull(body, buffer[:length])
	arrived := buffer[:n]
	if int64(n) == length && md5.Sum(arrived) == u.target.digest.sum {
		answer, err := s.complete(u, func() error { return s.contents.put(u.target.digest.sum, arrived) })
		if !errors.Is(err, fs.ErrExist) {
			return answer, err
		}
		// Another upload brings the same content right now.
	}
	return s.takeInPieces(u, 0, length, bytes.NewReader(arrived))
}

// smallUpload is the most that is received in memory before any of it is written.
const smallUpload = 64 << 10

var smallBuffers = sync.Pool{New: func() any { return new([smallUpload]byte) }}

// takeInPieces keeps each piece of the body as it arrives.
func (s *Server) takeInPieces(u *upload, start, length int64, body io.Reader) (*uploadAnswer, error) {
	file, err := s.contents.openPartial(u)
	if err != nil {
		return nil, fmt.Errorf("open partial upload: %w", err)
	}
	read, err := u.partial.write(file, start, &io.LimitedReader{R: body, N: length})
	whole := err == nil && u.partial.summed == u.target.size
	if whole && !s.options.NoSync {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("receive upload: %w", err)
	}
	switch {
	case read < length || !whole:
		return nil, refuse(statusIncomplete, idIncomplete, "%d of %d bytes have arrived", u.partial.summed, u.target.size)
	case [md5.Size]byte(u.partial.sum.Sum(nil)) != u.target.digest.sum:
		return nil, s.reject(u)
	}
	return s.complete(u, func() error { return s.contents.keep(u) })
}

// write appends to what has arrived, or overwrites the end of it, and keeps the sum.
func (p *partial) write(f *os.File, start int64, body *io.LimitedReader) (read int64, err error) {
	if p.sum == nil || p.summed != start {
		if err := p.sumAgain(f, start); err != nil {
			return 0, err
		}
	}
	if start < p.received.Load() {
		if err := f.Truncate(start); err != nil {
			return 0, err
		}
	}
	out := io.NewOffsetWriter(f, start)
	buffer := make([]byte, min(64<<10, 1+body.N))
	for {
		n, readErr := io.ReadFull(body, buffer)
		if _, err := out.Write(buffer[:n]); err != nil {
			return read, err
		}
		p.sum.Write(buffer[:n])
		read += int64(n)
		p.summed += int64(n)
		p.received.Store(p.summed)
		if readErr != nil {
			// A body that was cut is no error here: what came of it counts.
			return read, nil
		}
	}
}

// sumAgain reads what has arrived before start.
func (p *partial) sumAgain(f *os.File, start int64) (err error) {
	p.sum, p.summed = md5.New(), 0
	if start == 0 {
		return nil
	}
	if p.summed, err = io.Copy(p.sum, io.NewSectionReader(f, 0, start)); err != nil || p.summed != start {
		return fmt.Errorf("read partial upload again: %d of %d bytes: %w", p.summed, start, err)
	}
	return nil
}

// complete makes the content, once it is kept, a version of its file. The file comes
// out of the trash, and so do the folders above it.
func (s *Server) complete(u *upload, keep func() error) (*uploadAnswer, error) {
	sum := u.target.digest.sum
	defer s.contents.pin(sum)()
	if err := keep(); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			s.forget(sum)
		}
		return nil, err
	}
	var answer *uploadAnswer
	var path string
	err := s.change(func() ([]record, error) {
		pending := s.tree.uploads[u.id]
		if pending == nil {
			return nil, errDropped
		}
		path = "/jfs" + joinNames(pending.file.names())
		version := pending.target
		version.updated = s.now()
		return s.place(pending.file.names(), version)
	}, func() {
		answer = &uploadAnswer{
			Path: path, ContentID: hex.EncodeToString(sum[:]), Bytes: u.target.size,
			MD5: u.target.digest.String(), Modified: u.target.modified * 1000,
		}
	})
	if err != nil {
		u.partial.reset()
		s.forget(sum)
	}
	return answer, err
}

func (p *partial) reset() {
	p.received.Store(0)
	p.sum, p.summed = nil, 0
}

// forget removes content that did not become a version after all.
func (s *Server) forget(sum [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree.released.content = append(s.tree.released.content, sum)
}

// reject marks the upload as corrupt: what arrived has another MD5. The version that
// was current stays.
func (s *Server) reject(u *upload) error {
	u.partial.reset()
	s.contents.removePartial(u)
	err := s.change(func() ([]record, error) {
		pending := s.tree.uploads[u.id]
		if pending == nil {
			return nil, nil
		}
		changed := pending.file.record()
		changed.File.Upload.Corrupt = true
		return []record{changed}, nil
	}, nil)
	return errors.Join(refuse(statusCorrupt, idCorruptUpload, "the content does not have the MD5 that was allocated"), err)
}
