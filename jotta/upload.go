package jotta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Upload is content that a path of the cloud shall hold.
type Upload struct {
	Path     Path
	Size     int64
	MD5      MD5
	Created  time.Time // the zero time: as Modified
	Modified time.Time
	// Content is not read beyond Size, and not at all once Upload has returned.
	Content io.ReaderAt
	// Proved says that MD5 was computed of the very bytes that Content gives, which do
	// not change, as those in memory: they are not hashed again.
	Proved bool
	// Seal, if known, is of the bytes that MD5 was computed of. What is sent is compared
	// with it, and not hashed again.
	Seal Seal
	// Progress, if set, is told how many bytes more the service now has, or how
	// many fewer after a break. It is called by one goroutine at a time.
	Progress func(n int64)
	// Busy, if set, is told whenever the service says that it is asked too much.
	Busy func()
}

// Uploaded says what an upload came to.
type Uploaded struct {
	Sent         int64 // bytes handed to the network, those sent twice among them
	Deduplicated bool  // the service had the content already: nothing was sent
	Resumed      int64 // bytes the service had from an earlier upload
	// Answer is how long the service took to answer what is to be sent; 0 where it was
	// not asked.
	Answer time.Duration
}

// Upload makes a path hold the given content and times, creating folders as
// needed; what was there before becomes an older version. Bytes that are not proved are
// hashed as they are sent, and the last of them leave only if they are those of u.MD5:
// content that changes meanwhile is ErrContentChanged and never complete in the cloud.
// After a break it goes on where the service says. To repeat it is harmless.
func (c *Client) Upload(ctx context.Context, u Upload) (Uploaded, error) {
	op := &uploading{operation: c.operation("upload", u.Path), Upload: u}
	op.busy = u.Busy
	if err := u.check(); err != nil {
		return Uploaded{}, op.fail(err)
	}
	err := op.run(ctx, op.try)
	return op.done, err
}

func (u Upload) check() error {
	switch _, err := ParsePath(string(u.Path)); {
	case err != nil:
		return err
	case u.Path.Folder() == "":
		return errors.New("a backupdir is no file")
	case u.Size < 0 || !u.MD5.Known() || u.Content == nil:
		return errors.New("its size, MD5 or content is not given")
	}
	return nil
}

type uploading struct {
	*operation
	Upload
	done       Uploaded
	tried      bool
	parentMade bool
	broken     int   // transfers that failed since the service last had a good piece
	reported   int64 // to Progress, in all
	reached    int64 // the furthest position that the service confirmed
}

// try allocates, and sends what is missing. A service that knows no allocation is
// spoken to in the old way.
func (u *uploading) try(ctx context.Context) error {
	if u.client.old.lacksAllocation() {
		return u.tryLegacy(ctx)
	}
	a, err := u.allocate(ctx)
	switch {
	case u.client.refusesAllocation(err):
		return u.tryLegacyInstead(ctx, err)
	case err != nil:
		return err
	case a.State == stateCompleted:
		return u.nothingToSend()
	}
	u.goOnFrom(a.ResumePos)
	u.retried = u.broken // the service answered: how often it had to be asked is forgiven
	err = u.transfer(ctx, a.UploadURL, a.ResumePos, http.Header{}, u.acceptJSON)
	if err != nil {
		u.broken++
	}
	return err
}

// nothingToSend ends an upload whose content the service has.
func (u *uploading) nothingToSend() error {
	u.done.Deduplicated = !u.tried
	if u.tried { // it was the answer that got lost
		u.report(u.Size - u.reported)
	}
	return nil
}

func (u *uploading) goOnFrom(position int64) {
	if !u.tried {
		u.tried, u.done.Resumed = true, position
	}
	u.credit(position)
}

const (
	stateCompleted  = "COMPLETED"
	stateIncomplete = "INCOMPLETE"
	stateCorrupt    = "CORRUPT"
)

type allocation struct {
	State     string `json:"state"`
	UploadURL string `json:"upload_url"`
	Bytes     *int64 `json:"bytes"`
	ResumePos int64  `json:"resume_pos"`
}

func (u *uploading) allocate(ctx context.Context) (allocation, error) {
	question := struct {
		Path     string `json:"path"`
		Bytes    int64  `json:"bytes"`
		MD5      string `json:"md5"`
		Created  string `json:"created"`
		Modified string `json:"modified"`
	}{"/jfs" + u.Path.encode(), u.Size, u.MD5.String(), wireTime(u.Created), wireTime(u.Modified)}
	if u.Created.IsZero() {
		question.Created = question.Modified
	}
	var a allocation
	asked := u.client.clock.Now()
	err := u.postJSON(ctx, u.client.endpoints.api.JoinPath("files/v1/allocate"), question, &a)
	if err != nil {
		return a, err
	}
	u.done.Answer = u.client.clock.Now().Sub(asked)
	u.client.old.allocates.Store(true)
	return a, a.check(u.Size)
}

func (a *allocation) check(size int64) error {
	switch {
	case a.State == stateCompleted && a.Bytes != nil && *a.Bytes != size:
		return fmt.Errorf("%w: it holds the content with %d bytes instead of %d", ErrBadAnswer, *a.Bytes, size)
	case a.State == stateCompleted:
		return nil
	case a.State != stateIncomplete && a.State != stateCorrupt:
		return fmt.Errorf("%w: upload state %q", ErrBadAnswer, harmless(a.State, 40))
	case a.ResumePos < 0 || a.ResumePos > size:
		return fmt.Errorf("%w: to resume at byte %d of %d", ErrBadAnswer, a.ResumePos, size)
	case a.ResumePos == size:
		a.ResumePos = 0 // nothing is missing and yet it is not complete: send it all again
	}
	return nil
}

// credit tells Progress of the position from which the upload goes on. One that
// moved on by a good piece since the last break gets its retries back: a big file
// over a bad line comes through, in a bounded number of pieces, and may well outlive
// a sign-in.
func (u *uploading) credit(position int64) {
	if position >= u.reached+max(1<<20, u.Size/1000) {
		u.reached, u.retried, u.broken, u.refreshed = position, 0, 0, false
	}
	u.report(position - u.reported)
}

func (u *uploading) report(n int64) {
	u.reported += n
	if u.Progress != nil && n != 0 {
		u.Progress(n)
	}
}

// wireTime is RFC 3339 in whole seconds, as the service keeps them, within the
// years that it can express.
func wireTime(t time.Time) string { return clampYear(t).Format("2006-01-02T15:04:05Z") }

// KeptTime returns a time as the service keeps it.
func KeptTime(t time.Time) time.Time { return clampYear(t).Truncate(time.Second) }

// clampYear returns t in UTC, within the years that have four digits.
func clampYear(t time.Time) time.Time {
	t = t.UTC()
	switch {
	case t.Year() < 1:
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}
