package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// attempts is how often a file that changes while it is read is tried in a run.
const attempts = 3

// maxUnreachable is after how many failures in a row, each with all its retries,
// the cloud counts as unreachable.
const maxUnreachable = 3

// changedError says that a file was not the same all the while it was read.
type changedError struct{ how string }

func (e *changedError) Error() string { return "changed while being read (" + e.how + ")" }

// upload sends one file and accounts for it.
func (r *run) upload(ctx context.Context, action planner.Action) {
	r.emit(Event{Type: Started, Action: &action})
	var err error
	for range attempts {
		var sent sending
		sent, err = r.attempt(ctx, action)
		if err == nil {
			r.done(action, sent)
			return
		}
		if _, changed := errors.AsType[*changedError](err); !changed {
			break
		}
	}
	if _, changed := errors.AsType[*changedError](err); changed {
		r.skip(action, fmt.Errorf("%w; tried again next run", err))
		return
	}
	if errors.Is(err, fs.ErrNotExist) {
		r.vanished(action)
		return
	}
	r.fail(action, err)
}

// sending is what came of one file.
type sending struct {
	jotta.Uploaded
	size int64
	note string
}

// attempt hashes the file, sends it, and makes sure that it was the same file
// with the same content all the while.
func (r *run) attempt(ctx context.Context, action planner.Action) (sending, error) {
	local := action.Local
	file, err := r.trees[local.Root].OpenFile(string(local.Rel))
	if err != nil {
		return sending{}, fmt.Errorf("open: %w", err)
	}
	defer file.Close()
	before := file.Info()
	sum, err := r.options.Hasher.Sum(ctx, file, before.Size)
	if errors.Is(err, checksum.ErrShort) {
		return sending{}, &changedError{how: "it shrank"}
	}
	if err != nil {
		return sending{}, fmt.Errorf("read: %w", err)
	}
	if _, err := stillSame(file, before); err != nil {
		return sending{}, err
	}
	uploaded, err := r.cloud.Upload(ctx, jotta.Upload{
		Path: r.plan.Destination(action), Size: before.Size, MD5: sum,
		Created: before.Modified, Modified: before.Modified, Content: file,
		Progress: func(n int64) { r.emit(Event{Type: Sent, Action: &action, Bytes: n}) },
	})
	if errors.Is(err, jotta.ErrContentChanged) {
		return sending{}, &changedError{how: "its content differs between two reads"}
	}
	if err != nil {
		return sending{}, err
	}
	grown, err := stillSame(file, before)
	if err != nil {
		return sending{}, err
	}
	result := sending{Uploaded: uploaded, size: before.Size}
	if grown {
		result.note = fmt.Sprintf("grew while being sent; protected up to its first %d bytes", before.Size)
	}
	return result, nil
}

// stillSame returns an error where the file may have other content than before.
// One that only grew is the same as far as it was read: its bytes are hashed
// twice, when it is read and when it is sent.
func stillSame(file *localfs.File, before localfs.Info) (grown bool, err error) {
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
