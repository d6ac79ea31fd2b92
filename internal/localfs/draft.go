package localfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// ErrTaken says that a name stands for something that is not to be replaced.
var ErrTaken = errors.New("something else has its name")

// draftMode lets nobody else read what is not whole.
const draftMode = 0o600

// Draft is a file that is being written under a name of its own, in the folder where it
// is to be. It gets its final name when it is whole, or never. It is for one goroutine.
type Draft struct {
	folder *Folder
	name   string
	file   *os.File
	size   int64
}

// Final is what becomes of a draft.
type Final struct {
	Name     string
	Modified time.Time
	Mode     os.FileMode
	Replaces *Info // the file that has the name; nil: none has
}

// OpenDraft opens the draft that an earlier attempt has left under name, to go on with
// it, or makes one. What is there and was not left by this user alone is removed: it may
// be a link, or open in other hands.
func (f *Folder) OpenDraft(name string) (*Draft, error) {
	if draft, err := f.reopenDraft(name); err == nil {
		return draft, nil
	}
	file, err := f.createDraft(name)
	if errors.Is(err, fs.ErrExist) {
		if err := f.Remove(name); err != nil {
			return nil, err
		}
		file, err = f.createDraft(name)
	}
	if err != nil {
		return nil, cause(err)
	}
	return &Draft{folder: f, name: name, file: file}, nil
}

func (f *Folder) createDraft(name string) (*os.File, error) {
	return f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, draftMode)
}

func (f *Folder) reopenDraft(name string) (*Draft, error) {
	seen, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if seen.Kind != KindFile {
		return nil, ErrReplaced
	}
	file, err := f.root.OpenFile(name, os.O_RDWR|openFlags, 0)
	if err != nil {
		return nil, cause(err)
	}
	info, err := file.Stat()
	if err != nil || !newInfo(info).SameFile(seen) || !isOwnAlone(info) {
		file.Close()
		return nil, ErrReplaced
	}
	return &Draft{folder: f, name: name, file: file, size: info.Size()}, nil
}

// Size returns how much of it is written.
func (d *Draft) Size() int64 { return d.size }

// ReadAt reads what is written; see io.ReaderAt.
func (d *Draft) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.file.ReadAt(p, off)
	return n, cause(err)
}

// Write appends.
func (d *Draft) Write(p []byte) (int, error) {
	n, err := d.file.WriteAt(p, d.size)
	d.size += int64(n)
	return n, cause(err)
}

// Truncate cuts the draft off at a size.
func (d *Draft) Truncate(size int64) error {
	d.size = size
	return cause(d.file.Truncate(size))
}

// Publish makes the draft what it is to be, after every byte of it has reached the disk.
// It replaces nothing, which would be an ErrTaken, but the one file that it was told to,
// and that only as long as it is as described. That the name lasts, too, is Folder.Sync's
// to see to. It returns what is there now.
func (d *Draft) Publish(final Final) (Info, error) {
	if final.Replaces != nil {
		final.Mode = final.Replaces.Mode.Perm()
		if now, err := d.folder.root.Lstat(final.Name); err == nil {
			giveTo(d.file, now)
		}
	}
	err := d.file.Chmod(final.Mode)
	if err == nil {
		err = d.folder.setTime(d.name, final.Modified)
	}
	if err == nil {
		err = d.file.Sync()
	}
	if err != nil {
		return Info{}, cause(err)
	}
	if err := d.rename(final); err != nil {
		return Info{}, err
	}
	written, err := d.file.Stat()
	if err != nil {
		return Info{}, cause(err)
	}
	now, err := d.folder.Lstat(final.Name)
	if err != nil || !now.SameFile(newInfo(written)) {
		return Info{}, ErrReplaced
	}
	return now, nil
}

func (d *Draft) rename(final Final) error {
	if final.Replaces == nil {
		err := d.folder.renameNew(d.name, final.Name)
		if errors.Is(err, fs.ErrExist) {
			return ErrTaken
		}
		return cause(err)
	}
	now, err := d.folder.Lstat(final.Name)
	if err != nil {
		return err
	}
	seen := *final.Replaces
	seen.Changed = now.Changed // which moves, too, as other names of it are replaced
	if how := seen.Difference(now); how != "" {
		return fmt.Errorf("%w: %s", ErrTaken, how)
	}
	return cause(d.folder.root.Rename(d.name, final.Name))
}

// renameByLink gives a file a name that nothing has yet, wherever there are hard links.
func (f *Folder) renameByLink(from, to string) error {
	if err := f.root.Link(from, to); err != nil {
		return err
	}
	return f.root.Remove(from)
}

// Close keeps what is written for a later attempt.
func (d *Draft) Close() error { return cause(d.file.Close()) }

// Discard closes the draft and removes it.
func (d *Draft) Discard() error { return errors.Join(d.Close(), d.folder.Remove(d.name)) }
