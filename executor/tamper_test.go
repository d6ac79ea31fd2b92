package executor

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync/atomic"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// moment is a point in the life of an upload at which a test may do mischief.
type moment string

const (
	beforeHash moment = "between opening and hashing"
	midHash    moment = "while being hashed"
	afterHash  moment = "between hashing and sending"
	midSend    moment = "while being sent"
	afterSend  moment = "after being sent"
)

// tamperedCloud passes uploads on, with mischief around them.
type tamperedCloud struct {
	Cloud
	at func(name string, m moment)
}

func (c *tamperedCloud) Upload(ctx context.Context, u jotta.Upload) (jotta.Uploaded, error) {
	name := path.Base(string(u.Path))
	c.at(name, afterHash)
	u.Content = &tamperedContent{ReaderAt: u.Content, half: u.Size / 2, at: func() { c.at(name, midSend) }}
	uploaded, err := c.Cloud.Upload(ctx, u)
	c.at(name, afterSend)
	return uploaded, err
}

// tamperedHasher hashes, with mischief before and amid. It knows a file by its inode,
// and one that was read into memory by its first line.
type tamperedHasher struct {
	Hasher
	at func(file string, m moment)
}

func (h *tamperedHasher) Sum(ctx context.Context, content io.ReaderAt, size int64) ([md5.Size]byte, error) {
	name := ""
	if file, ok := content.(*localfs.File); ok {
		name = fmt.Sprint(file.Info().Inode)
	} else {
		head := make([]byte, min(size, 200))
		if _, err := content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
			return [md5.Size]byte{}, err
		}
		name, _, _ = strings.Cut(string(head), firstWords)
	}
	h.at(name, beforeHash)
	content = &tamperedContent{ReaderAt: content, half: size / 2, at: func() { h.at(name, midHash) }}
	return h.Hasher.Sum(ctx, content, size)
}

// tamperedContent reads its first half, and only after the mischief the second.
type tamperedContent struct {
	io.ReaderAt
	half int64
	at   func()
	done atomic.Bool
}

func (c *tamperedContent) ReadAt(p []byte, off int64) (int, error) {
	if c.done.Load() || off+int64(len(p)) <= c.half {
		return c.ReaderAt.ReadAt(p, off)
	}
	c.done.Store(true)
	first := max(c.half-off, 0)
	n, err := c.ReaderAt.ReadAt(p[:first], off)
	if err != nil {
		return n, err
	}
	c.at()
	rest, err := c.ReaderAt.ReadAt(p[first:], off+first)
	return n + rest, err
}
