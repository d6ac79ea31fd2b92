package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// failing is a hasher that fails a number of times.
type failing struct {
	Hasher
	err   error
	times atomic.Int64
}

func (h *failing) Sum(ctx context.Context, content io.ReaderAt, size int64) ([16]byte, error) {
	if h.times.Add(-1) >= 0 {
		return [16]byte{}, h.err
	}
	return h.Hasher.Sum(ctx, content, size)
}

// uploads is a cloud that takes everything, after failing a number of times.
func uploads(times int, err error) cloudFunc {
	var failed atomic.Int64
	return func(_ context.Context, u jotta.Upload) (jotta.Uploaded, error) {
		if failed.Add(1) <= int64(times) {
			return jotta.Uploaded{}, err
		}
		return jotta.Uploaded{Sent: u.Size}, nil
	}
}

// Which trouble is tried again, which is told, and which is no trouble at all.
func TestErrorsAreWhatTheyAre(t *testing.T) {
	t.Parallel()
	const forever = 100
	for _, c := range []struct {
		name   string
		hasher error
		cloud  error
		times  int
		want   EventType
		say    string
	}{
		{"disk", syscall.EIO, nil, forever, Failed, "read: input/output error"},
		{"lost handle, once", syscall.ESTALE, nil, 1, Done, ""},
		{"lost handle, while sending", nil, fmt.Errorf("upload: read content: %w", syscall.ESTALE), 2, Done, ""},
		{"lost handle, always", syscall.ESTALE, nil, forever, Skipped, "changed while being read (" + syscall.ESTALE.Error() + "); tried again next run"},
		{"other content, twice", nil, jotta.ErrContentChanged, 2, Done, ""},
		{"other content, always", nil, jotta.ErrContentChanged, forever, Skipped, "changed while being read (its content differs between two reads); tried again next run"},
		{"replaced, once", localfs.ErrReplaced, nil, 1, Done, ""},
		{"size says too much", checksum.ErrShort, nil, forever, Failed, "read: its size does not tell how much it holds"},
		{"bad answer", nil, jotta.ErrBadAnswer, 1, Failed, "makes no sense"},
		// That the cloud, or the way to it, lacks something says nothing of the file.
		{"missing session", nil, fmt.Errorf("sign in: %w", fs.ErrNotExist), forever, Failed, "sign in: file does not exist"},
		{"missing in the cloud", nil, jotta.ErrNotFound, forever, Failed, "not found"},
		{"cancelled by itself", nil, context.Canceled, 1, Failed, "context canceled"},
	} {
		plan := handmade(t, 1)
		hasher := &failing{Hasher: checksum.New(1), err: c.hasher}
		if c.hasher != nil {
			hasher.times.Store(int64(c.times))
			c.times = 0
		}
		summary, w, err := applyPlan(t.Context(), t, plan, uploads(c.times, c.cloud), Options{Slots: NewSlots(1), Hasher: hasher})
		if err != nil || summary.Vanished != 0 {
			t.Errorf("%s: %v, %+v", c.name, err, summary)
		}
		if e := w.event("00000"); e.Type != c.want || c.say != "" && !strings.Contains(fmt.Sprint(e.Err), c.say) {
			t.Errorf("%s: %s, %v; want %s, %s", c.name, e.Type, e.Err, c.want, c.say)
		}
	}
}

func TestOneErrorThatStopsTheRunStopsIt(t *testing.T) {
	t.Parallel()
	for _, fatal := range []error{jotta.ErrUnauthorized, jotta.ErrNoCredentials, jotta.ErrQuota, jotta.ErrWriteLocked} {
		plan := handmade(t, 4)
		summary, _, err := applyPlan(t.Context(), t, plan, uploads(1, fmt.Errorf("upload: %w", fatal)), Options{Slots: NewSlots(1), Hasher: checksum.New(1)})
		if !errors.Is(err, fatal) || summary.Failed != 1 || summary.NotTried != 3 {
			t.Errorf("%v: %v, %+v", fatal, err, summary)
		}
	}
}

func TestVanishedFilesAreNoTrouble(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, name := range []string{"file", "stays", "folder/file", "deep/er/file"} {
		l.write(name, name)
	}
	plan := l.plan()
	if err := errors.Join(os.Remove(l.path("file")), os.RemoveAll(l.path("folder")), os.RemoveAll(l.path("deep/er"))); err != nil {
		t.Fatal(err)
	}
	summary, w, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil || summary.Unprotected() != 0 {
		t.Errorf("%v, %d unprotected", err, summary.Unprotected())
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Skipped: 3, Vanished: 3, Bytes: 5, SentBytes: 5})
	for _, name := range []string{"file", "folder/file", "deep/er/file"} {
		w.mustSay(name, Skipped, "vanished before it was read")
	}
	l.mustConverge()
}

// Files of /proc and /sys say that they hold nothing, or a page, and hold something
// else. They are named: what would be uploaded is not what they hold.
func TestSizesThatLie(t *testing.T) {
	t.Parallel()
	for root, name := range map[string]string{"/proc/self": "status", "/sys/kernel": "fscaps"} {
		info, err := os.Stat(root + "/" + name)
		if err != nil {
			t.Logf("there is no %s/%s here", root, name)
			continue
		}
		plan := &planner.Plan{
			Job: "job", Target: target, Roots: []planner.Root{{Path: root}}, Counts: planner.Counts{New: 1},
			Actions: []planner.Action{{Kind: planner.New, Path: planner.RelPath(name), Local: &planner.LocalFile{Rel: planner.RelPath(name), Size: info.Size()}}},
		}
		summary, w, err := applyPlan(t.Context(), t, plan, uploads(0, nil), Options{Slots: NewSlots(1), Hasher: checksum.New(1)})
		if err != nil || summary.Failed != 1 {
			t.Errorf("%s: %v, %+v", root, err, summary)
		}
		w.mustSay(name, Failed, "read: its size does not tell how much it holds")
	}
}
