package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// errSize says that what a file holds cannot be known, as with those of /proc and
// /sys.
var errSize = errors.New("its size does not tell how much it holds")

// raciness is how long ago a file must have changed for its times to tell of every
// change that comes after: those of some file systems tick in seconds.
const raciness = 2 * time.Second

// content is what a file held when it was read.
type content struct {
	io.ReaderAt // to be sent
	md5         jotta.MD5
	proved      bool       // what is sent is what was hashed
	seal        jotta.Seal // else: of what was hashed
	settled     bool       // the file's times will tell of any other content
}

// read returns a content that the file really had. A small file is read once. A large
// one, or one whose times would not tell of a change meanwhile, is read again as it is
// sent, and compared with what was read here.
func (r *run) read(ctx context.Context, file *localfs.File, in *slot) (content, error) {
	size := file.Info().Size
	settled := file.Settle(r.options.Now()) == nil
	if size <= wholeFile && r.isLongSince(file.Info()) {
		whole, err := readWhole(file, in.room(size))
		if err != nil {
			return content{}, fmt.Errorf("read: %w", err)
		}
		sum, err := r.hash(ctx, file, whole)
		return content{ReaderAt: whole, md5: sum, proved: true, settled: settled}, err
	}
	sealer := jotta.NewSealer(file)
	sum, err := r.hash(ctx, file, sealer)
	return content{ReaderAt: file, md5: sum, seal: sealer.Seal(size), settled: settled}, err
}

func (r *run) isLongSince(file localfs.Info) bool {
	changed := file.Modified
	if file.Changed.After(changed) {
		changed = file.Changed
	}
	return r.options.Now().Sub(changed) >= raciness
}

// readWhole reads as much of the file as there is room for, or as there is.
func readWhole(file *localfs.File, room []byte) (*bytes.Reader, error) {
	n, err := file.ReadAt(room, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return bytes.NewReader(room[:n]), nil
}

// hash returns the MD5 of a content that the file really had, as it was read.
func (r *run) hash(ctx context.Context, file *localfs.File, read io.ReaderAt) (jotta.MD5, error) {
	size := file.Info().Size
	sum, err := r.options.Hasher.Sum(ctx, read, size)
	short := errors.Is(err, checksum.ErrShort)
	if err != nil && !short {
		return jotta.MD5{}, fmt.Errorf("read: %w", err)
	}
	hidden, err := holdsMore(file, size)
	if err != nil {
		return jotta.MD5{}, fmt.Errorf("read: %w", err)
	}
	grown, err := stillSame(file)
	switch {
	case err != nil:
		return jotta.MD5{}, err
	case (short || hidden) && !grown:
		return jotta.MD5{}, fmt.Errorf("read: %w", errSize)
	case short:
		return jotta.MD5{}, jotta.ErrContentChanged
	case !grown:
		return sum, nil
	}
	// A file that grew may have been rewritten besides, and what was read be half of
	// the one and half of the other content.
	again, err := r.options.Hasher.Sum(ctx, file, size)
	switch {
	case errors.Is(err, checksum.ErrShort), err == nil && again != sum:
		return jotta.MD5{}, jotta.ErrContentChanged
	case err != nil:
		return jotta.MD5{}, fmt.Errorf("read: %w", err)
	}
	return sum, nil
}

// holdsMore reports whether a file that should be empty is not.
func holdsMore(file *localfs.File, size int64) (bool, error) {
	if size > 0 {
		return false, nil
	}
	n, err := file.ReadAt(make([]byte, 1), 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n > 0, err
}

// stillSame returns an error where the file may have other content than when it was
// opened. One that only grew is the same as far as it was read: its bytes are read
// twice, and must be equal.
func stillSame(file *localfs.File) (grown bool, err error) {
	before := file.Info()
	now, err := file.Stat()
	if err != nil {
		return false, fmt.Errorf("stat: %w", err)
	}
	if now.Size > before.Size && now.SameFile(before) {
		return true, nil
	}
	if how := before.Difference(now); how != "" {
		return false, &changedError{how: how}
	}
	return false, nil
}
