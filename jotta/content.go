package jotta

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash"
	"hash/maphash"
	"io"
	"sync"
)

// contentReader is the body of an upload. It hashes what it hands out, unless that is
// proved, and hands out the last bytes only if the whole is what was allocated; so wrong
// bytes never complete in the cloud.
type contentReader struct {
	upload *uploading

	mu       sync.Mutex // the transport may read on for a moment after it has answered
	hash     hash.Hash  // of the seal or else MD5; nil where the content is proved
	position int64
	sent     int64
	err      error // why the content cannot be sent, if it cannot
	stopped  bool
}

func newContentReader(u *uploading) *contentReader {
	r := &contentReader{upload: u}
	switch {
	case u.Proved:
	case u.Seal.Known():
		sealed := new(maphash.Hash)
		sealed.SetSeed(u.Seal.seed)
		r.hash = sealed
	default:
		r.hash = md5.New()
	}
	return r
}

// skip hashes, without sending it, what the service has already.
func (r *contentReader) skip(ctx context.Context, to int64) error {
	if r.hash == nil {
		r.position = to
		return nil
	}
	buffer := make([]byte, min(to, 256<<10))
	for r.position < to {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.next(buffer[:min(int64(len(buffer)), to-r.position)]); err != nil {
			return err
		}
	}
	return r.check()
}

// Read hands out the next bytes to send.
func (r *contentReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return 0, errors.New("read content: the attempt is over")
	}
	p = p[:min(int64(len(p)), r.upload.Size-r.position)]
	if len(p) == 0 {
		return 0, io.EOF
	}
	if r.err == nil {
		r.err = r.next(p)
	}
	if r.err == nil {
		r.err = r.check()
	}
	if r.err != nil {
		return 0, r.err
	}
	r.sent += int64(len(p))
	r.upload.report(int64(len(p)))
	return len(p), nil
}

// Close does nothing: the content belongs to whoever asked for the upload.
func (r *contentReader) Close() error { return nil }

// stop waits for a read that is going on, and refuses those to come.
func (r *contentReader) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
}

// next fills p and hashes it.
func (r *contentReader) next(p []byte) error {
	n, err := r.upload.Content.ReadAt(p, r.position)
	switch {
	case n == len(p):
	case err == nil, errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it has %d bytes instead of %d", ErrContentChanged, r.position+int64(n), r.upload.Size)
	default:
		return fmt.Errorf("read content: %w", err)
	}
	if r.hash != nil {
		r.hash.Write(p)
	}
	r.position += int64(n)
	return nil
}

// check compares the checksum, once all has been read.
func (r *contentReader) check() error {
	if r.position < r.upload.Size || r.hash == nil {
		return nil
	}
	if sealed, ok := r.hash.(*maphash.Hash); ok {
		if sealed.Sum64() != r.upload.Seal.sum {
			return fmt.Errorf("%w: it is not what was hashed before", ErrContentChanged)
		}
		return nil
	}
	if sum := MD5(r.hash.Sum(nil)); sum != r.upload.MD5 {
		return fmt.Errorf("%w: its MD5 is %v instead of %v", ErrContentChanged, sum, r.upload.MD5)
	}
	return nil
}
