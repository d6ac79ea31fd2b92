package jotta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	// Progress, if set, is told how many bytes more the service now has, or how
	// many fewer after a break. It is called by one goroutine at a time.
	Progress func(n int64)
}

// Uploaded says what an upload came to.
type Uploaded struct {
	Sent         int64 // bytes handed to the network, those sent twice among them
	Deduplicated bool  // the service had the content already: nothing was sent
	Resumed      int64 // bytes the service had from an earlier upload
}

// Upload makes a path hold the given content and times, creating folders as
// needed; what was there before becomes an older version. The bytes are hashed as
// they are sent, and the last of them leave only if they hash to u.MD5: content
// that changes meanwhile is ErrContentChanged and never complete in the cloud.
// After a break it goes on where the service says. To repeat it is harmless.
func (c *Client) Upload(ctx context.Context, u Upload) (Uploaded, error) {
	op := &uploading{operation: c.operation("upload", u.Path), Upload: u}
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
	done     Uploaded
	tried    bool
	reported int64 // to Progress, in all
	reached  int64 // the furthest position that the service confirmed
}

// try allocates, and sends what is missing.
func (u *uploading) try(ctx context.Context) error {
	a, err := u.allocate(ctx)
	if err != nil {
		return err
	}
	if a.State == stateCompleted {
		u.done.Deduplicated = !u.tried
		if u.tried { // it was the answer that got lost
			u.report(u.Size - u.reported)
		}
		return nil
	}
	if !u.tried {
		u.tried, u.done.Resumed = true, a.ResumePos
	}
	u.credit(a.ResumePos)
	return u.post(ctx, a)
}

const stateCompleted = "COMPLETED"

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
	err := u.postJSON(ctx, u.client.endpoints.api.JoinPath("files/v1/allocate"), question, &a)
	if err != nil {
		return a, err
	}
	return a, a.check(u.Size)
}

func (a *allocation) check(size int64) error {
	switch {
	case a.State == stateCompleted && a.Bytes != nil && *a.Bytes != size:
		return fmt.Errorf("%w: it holds the content with %d bytes instead of %d", ErrBadAnswer, *a.Bytes, size)
	case a.State == stateCompleted:
		return nil
	case a.State != "INCOMPLETE" && a.State != "CORRUPT":
		return fmt.Errorf("%w: upload state %q", ErrBadAnswer, harmless(a.State, 40))
	case a.ResumePos < 0 || a.ResumePos > size:
		return fmt.Errorf("%w: to resume at byte %d of %d", ErrBadAnswer, a.ResumePos, size)
	case a.ResumePos == size:
		a.ResumePos = 0 // nothing is missing and yet it is not complete: send it all again
	}
	return nil
}

func (u *uploading) post(ctx context.Context, a allocation) error {
	address, err := url.Parse(a.UploadURL)
	if err != nil {
		return fmt.Errorf("%w: the upload address cannot be read", ErrBadAnswer)
	}
	content := newContentReader(u)
	if err := content.skip(ctx, a.ResumePos); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), content)
	if err != nil {
		return fmt.Errorf("%w: the upload address cannot be used", ErrBadAnswer)
	}
	req.ContentLength = u.Size - a.ResumePos
	req.Header.Set("Content-Type", "application/octet-stream")
	if a.ResumePos > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", a.ResumePos, u.Size-1))
	}
	if req.ContentLength == 0 {
		req.Body = http.NoBody
	}
	err = u.deliver(ctx, req)
	content.stop()
	u.done.Sent += content.sent
	u.client.stats.bytesSent.Add(content.sent)
	switch {
	case content.err != nil:
		return content.err
	case err == nil && content.position < u.Size:
		return fmt.Errorf("%w: it came before all bytes were sent", ErrBadAnswer)
	}
	return err
}

// deliver sends the bytes and checks what the service made of them.
func (u *uploading) deliver(ctx context.Context, req *http.Request) error {
	resp, err := u.send(ctx, req)
	var refused *APIError
	if errors.As(err, &refused) && (refused.Status == statusIncomplete || refused.Status == statusCorrupt ||
		refused.ID == "IncompleteUploadOpenApiException" || refused.ID == "CorruptUploadOpenApiException") {
		// What was sent had the right hash, so what arrived was cut or damaged.
		return temporaryError{err}
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Bytes int64  `json:"bytes"`
		MD5   string `json:"md5"`
	}
	if err := readJSON(resp.Body, &answer); err != nil {
		return err
	}
	if sum, err := ParseMD5(answer.MD5); err != nil || sum != u.MD5 || answer.Bytes != u.Size {
		return fmt.Errorf("%w: it stored %d bytes with the MD5 %q instead of %d with %v",
			ErrBadAnswer, answer.Bytes, harmless(answer.MD5, 40), u.Size, u.MD5)
	}
	return nil
}

// credit tells Progress of the position from which the upload goes on. One that
// moved on by a good piece since the last break gets its retries back: a big file
// over a bad line comes through, in a bounded number of pieces, and may well outlive
// a sign-in.
func (u *uploading) credit(position int64) {
	if position >= u.reached+max(1<<20, u.Size/1000) {
		u.reached, u.retried, u.refreshed = position, 0, false
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
func wireTime(t time.Time) string {
	t = t.UTC()
	switch {
	case t.Year() < 1:
		return "0001-01-01T00:00:00Z"
	case t.Year() > 9999:
		return "9999-12-31T23:59:59Z"
	}
	return t.Format("2006-01-02T15:04:05Z")
}
