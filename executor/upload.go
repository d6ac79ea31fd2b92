package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// attempts is how often a file that changes while it is read is tried in a run.
const attempts = 3

// maxUnreachable is after how many failures in a row, each with all its retries,
// the cloud counts as unreachable.
const maxUnreachable = 3

// maxRefused is the same for a cloud that does answer, with trouble of its own: that
// may concern some files only, which are no reason to leave the others alone.
const maxRefused = 50

// changedError says that a file was not the same all the while it was read.
type changedError struct{ how string }

func (e *changedError) Error() string { return "changed while being read (" + e.how + ")" }

// upload sends one file and accounts for it. It returns how many bytes were sent, in
// all attempts.
func (r *run) upload(ctx context.Context, action *planner.Action, in *slot) (total int64) {
	r.emit(Event{Type: Started, Action: action})
	for try := 1; ; try++ {
		sent, err := r.attempt(ctx, action, in)
		total += sent.Sent
		changed, isChanged := errors.AsType[*changedError](err)
		switch {
		case err == nil:
			sent.moved = total == 0 && r.wasMoved(action)
			sent.deduplicated = total == 0 && sent.Deduplicated && !sent.moved
			r.done(action, sent)
		case isChanged && try < attempts:
			continue
		case isChanged:
			r.skip(action, fmt.Errorf("%w; tried again next run", changed))
		case errors.Is(err, ErrVanished):
			r.skip(action, err)
		default:
			r.fail(action, err)
		}
		return total
	}
}

// sending is what came of one attempt.
type sending struct {
	jotta.Uploaded
	deduplicated bool // by this attempt, and nothing was sent by those before it
	moved        bool
	size         int64
	md5          jotta.MD5
	info         localfs.Info // of the file, which had that content; zero where it does not tell of a change
	note         string
}

// attempt hashes the file, sends it, and makes sure that it was the same file
// with the same content all the while.
func (r *run) attempt(ctx context.Context, action *planner.Action, in *slot) (sending, error) {
	file, err := r.open(action.Local)
	if err != nil {
		return sending{}, err
	}
	defer file.Close()
	held, err := r.read(ctx, file, in)
	if err != nil {
		return sending{}, asChange(err)
	}
	sent, err := r.send(ctx, action, file, held)
	return sent, asChange(err)
}

func (r *run) open(local *planner.LocalFile) (*localfs.File, error) {
	file, err := r.folders.open(local)
	if err == nil {
		return file, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, asChange(fmt.Errorf("open: %w", err))
	}
	if err := r.trees[local.Root].InPlace(); err != nil {
		return nil, lostRoot(r.plan.Tree(local.Root).Path, err)
	}
	return nil, ErrVanished
}

// send uploads the file and looks at it once more. What it returns beside an error
// holds how many bytes were sent in vain.
func (r *run) send(ctx context.Context, action *planner.Action, file *localfs.File, held content) (sending, error) {
	before := file.Info()
	var reported int64
	slots, now := r.options.Slots, r.options.Now
	report := func(n int64) {
		reported += n
		slots.adapt(func(p *pace) { p.sent(max(n, 0), now()) })
		r.emit(Event{Type: Sent, Action: action, Bytes: n})
	}
	uploaded, err := r.cloud.Upload(ctx, jotta.Upload{
		Path: r.plan.Destination(*action), Size: before.Size, MD5: held.md5,
		Created: before.Modified, Modified: before.Modified, Content: held.ReaderAt, Proved: held.proved, Seal: held.seal, Progress: report,
		Busy: func() { slots.adapt(func(p *pace) { p.refused(now()) }) },
	})
	r.countSent(uploaded.Sent)
	if err == nil {
		slots.adapt(func(p *pace) { p.stored(uploaded.Answer, now()) })
	}
	sent := sending{Uploaded: uploaded, size: before.Size, md5: held.md5, info: before}
	grown := false
	if err == nil {
		grown, err = stillSame(file)
	}
	if err != nil && reported != 0 {
		report(-reported)
	}
	if grown || !held.settled {
		sent.info = localfs.Info{}
	}
	if grown {
		sent.note = fmt.Sprintf("grew while being read; protected up to its first %d bytes", before.Size)
	}
	return sent, err
}

// asChange recognises what comes of a file that changes, whoever noticed it.
func asChange(err error) error {
	switch {
	case errors.Is(err, jotta.ErrContentChanged):
		return &changedError{how: "its content differs between two reads"}
	case errors.Is(err, localfs.ErrReplaced):
		return &changedError{how: localfs.ErrReplaced.Error()}
	case errors.Is(err, syscall.ESTALE): // a network file system lost it: to open it again may help
		return &changedError{how: syscall.ESTALE.Error()}
	}
	return err
}
