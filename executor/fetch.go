package executor

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// fetch brings one file back. Of what could not be ended as much is kept as the next
// restore may go on with.
func (r *restoring) fetch(ctx context.Context, action *planner.Action) error {
	at, name := r.place(action)
	folder, err := r.trees[at.root].MakeFolder(at.rel)
	if err != nil {
		return fmt.Errorf("make its folder: %w", err)
	}
	defer folder.Close()
	draft, err := folder.OpenDraft(action.DraftName())
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	err = r.fill(ctx, draft, action)
	if err == nil {
		err = r.publish(folder, draft, name, action)
	}
	switch {
	case err == nil:
		r.touched.add(at, folder.Info())
		return draft.Close()
	case draft.Size() == 0, isFutile(err):
		return errors.Join(err, draft.Discard())
	}
	return errors.Join(err, draft.Close())
}

// isFutile reports whether no later restore could go on after an error.
func isFutile(err error) bool {
	return errors.Is(err, localfs.ErrTaken) || errors.Is(err, jotta.ErrDamaged) ||
		errors.Is(err, jotta.ErrContentChanged) || errors.Is(err, jotta.ErrNotFound)
}

// fill makes the draft hold the file's bytes, all of them and no others.
func (r *restoring) fill(ctx context.Context, draft *localfs.Draft, action *planner.Action) error {
	wanted := action.Remote
	if draft.Size() > 0 && draft.Size() <= wanted.Size {
		sum, err := r.resume(ctx, draft, action)
		if err != nil || sum == wanted.MD5 {
			return err
		}
		r.emit(Event{Type: Sent, Action: action, Bytes: -draft.Size()}) // what was left was no part of it
	}
	if err := draft.Truncate(0); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return r.download(ctx, action, draft, 0)
}

// resume reads what is there and has the rest downloaded. It returns the MD5 of both.
func (r *restoring) resume(ctx context.Context, draft *localfs.Draft, action *planner.Action) (jotta.MD5, error) {
	hash, from := md5.New(), draft.Size()
	if _, err := io.Copy(hash, io.NewSectionReader(draft, 0, from)); err != nil {
		return jotta.MD5{}, fmt.Errorf("read what is there of it: %w", err)
	}
	r.emit(Event{Type: Sent, Action: action, Bytes: from})
	if from < action.Remote.Size {
		if err := r.download(ctx, action, io.MultiWriter(draft, hash), from); err != nil {
			return jotta.MD5{}, err
		}
	}
	return jotta.MD5(hash.Sum(nil)), nil
}

func (r *restoring) download(ctx context.Context, action *planner.Action, to io.Writer, from int64) error {
	received, err := r.cloud.Download(ctx, jotta.Download{
		Path: r.plan.Destination(*action), Size: action.Remote.Size, MD5: action.Remote.MD5, From: from, To: to,
		Progress: func(n int64) { r.emit(Event{Type: Sent, Action: action, Bytes: n}) },
	})
	r.countSent(received)
	return err
}

// publish gives the file its name.
func (r *restoring) publish(folder *localfs.Folder, draft *localfs.Draft, name string, action *planner.Action) error {
	final := localfs.Final{Name: name, Modified: action.Remote.Modified, Mode: r.mode}
	if action.Kind == planner.Overwritten {
		now, err := folder.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // then nothing is replaced
		case err != nil:
			return fmt.Errorf("look at what is replaced: %w", err)
		case !isPlanned(action.Local, now):
			return fmt.Errorf("%w: it has changed since it was planned", localfs.ErrTaken)
		default:
			final.Replaces = &now
		}
	}
	if _, err := draft.Publish(final); err != nil {
		return fmt.Errorf("give it its name: %w", err)
	}
	return nil
}

// isPlanned reports whether a file is the one that the plan saw.
func isPlanned(planned *planner.LocalFile, now localfs.Info) bool {
	return now.Kind == localfs.KindFile && now.Size == planned.Size && now.Modified.Equal(planned.Modified) && now.Inode == planned.Inode
}
