package jotta

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
)

// ErrDamaged says that the service has other bytes than those whose MD5 it shows.
var ErrDamaged = errors.New("the cloud's bytes are not those of its MD5")

// Download is a complete file of the cloud to be read.
type Download struct {
	Path Path
	Size int64 // what the listing said; the answer must agree
	MD5  MD5
	From int64     // bytes that the caller has already; only the rest is asked for
	To   io.Writer // gets the bytes in order from From on, each once
	// Progress, if set, is told how many bytes more To has got. It is called by the
	// goroutine that called Download.
	Progress func(n int64)
}

// Download writes what d.To does not have yet of a file, and returns how many bytes
// that were, also with an error. After a break it goes on where it stopped. To never gets a byte
// beyond Size. Where From is 0 the MD5 of the whole is checked, which else is for the
// caller to do: other bytes are an ErrDamaged, or an ErrContentChanged where the file
// is no more what was listed. Of nothing that is missing nothing is asked.
func (c *Client) Download(ctx context.Context, d Download) (int64, error) {
	op := &downloading{operation: c.operation("download", d.Path), Download: d, position: d.From, reached: d.From}
	if err := d.check(); err != nil {
		return 0, op.fail(err)
	}
	if d.From == 0 {
		op.hash = md5.New()
	}
	err := op.run(ctx, op.try)
	return op.position - d.From, err
}

func (d *Download) check() error {
	if err := checkBelowBackupdir(d.Path); err != nil {
		return err
	}
	if d.Size < 0 || d.From < 0 || d.From > d.Size || !d.MD5.Known() || d.To == nil {
		return errors.New("its size, its MD5, where to begin or where to write is not given")
	}
	return nil
}

type downloading struct {
	*operation
	Download
	position int64     // of the next byte that To gets
	reached  int64     // where retries were last given back
	hash     hash.Hash // of all bytes; nil where the caller has some of them
}

func (d *downloading) try(ctx context.Context) error {
	d.credit()
	if d.position < d.Size {
		if err := d.fetch(ctx); err != nil {
			return err
		}
	}
	return d.checkWhole(ctx)
}

// credit gives a download that moved on by a good piece its retries back, as an upload
// gets them.
func (d *downloading) credit() {
	if d.position >= d.reached+max(1<<20, d.Size/1000) {
		d.reached, d.retried, d.refreshed = d.position, 0, false
	}
}

// fetch makes one attempt at the bytes that are missing.
func (d *downloading) fetch(ctx context.Context) error {
	resp, err := d.request(ctx)
	var refused *APIError
	if errors.As(err, &refused) && refused.Status == http.StatusRequestedRangeNotSatisfiable {
		return d.explain(ctx, fmt.Errorf("%w: %w", ErrBadAnswer, err))
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := d.checkHead(resp); err != nil {
		return d.explain(ctx, err)
	}
	if err := d.copy(resp.Body); err != nil {
		return err
	}
	if n, _ := io.ReadFull(resp.Body, make([]byte, 1)); n > 0 {
		return d.explain(ctx, fmt.Errorf("%w: it has more than %d bytes", ErrBadAnswer, d.Size))
	}
	return nil
}

func (d *downloading) request(ctx context.Context) (*http.Response, error) {
	from, err := d.jfsURL(ctx, d.Path)
	if err != nil {
		return nil, err
	}
	from.RawQuery = "mode=bin"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, err
	}
	if d.position > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", d.position, d.Size-1))
	}
	return d.send(ctx, req)
}

// checkHead makes sure that what follows is what was asked for. An answer that does not
// say how long it is may still be.
func (d *downloading) checkHead(resp *http.Response) error {
	status, content := http.StatusOK, ""
	if d.position > 0 {
		status, content = http.StatusPartialContent, fmt.Sprintf("bytes %d-%d/%d", d.position, d.Size-1, d.Size)
	}
	switch said := resp.Header.Get("Content-Range"); {
	case resp.StatusCode != status:
		return fmt.Errorf("%w: %.80q when asked for byte %d on", ErrBadAnswer, resp.Status, d.position)
	case said != content:
		return fmt.Errorf("%w: it gives %q when asked for %q", ErrBadAnswer, harmless(said, 80), content)
	case resp.ContentLength >= 0 && resp.ContentLength != d.Size-d.position:
		return fmt.Errorf("%w: %d bytes to come instead of %d", ErrBadAnswer, resp.ContentLength, d.Size-d.position)
	}
	return nil
}

const downloadBuffer = 128 << 10

// copy hands the bytes on as they come, up to the last one.
func (d *downloading) copy(body io.Reader) error {
	buffer := make([]byte, min(downloadBuffer, d.Size-d.position))
	for d.position < d.Size {
		n, err := body.Read(buffer[:min(int64(len(buffer)), d.Size-d.position)])
		if err := d.hand(buffer[:n]); err != nil {
			return err
		}
		switch {
		case d.position == d.Size, err == nil:
		case err == io.EOF:
			return temporaryError{fmt.Errorf("%w: it ends at byte %d of %d", ErrBadAnswer, d.position, d.Size)}
		default:
			return err
		}
	}
	return nil
}

// hand writes some bytes. What To did not take counts as not received.
func (d *downloading) hand(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	n, err := d.To.Write(p)
	if n < 0 || n > len(p) {
		n = 0
	}
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	d.position += int64(n)
	d.client.stats.bytesReceived.Add(int64(n))
	if d.hash != nil {
		d.hash.Write(p[:n])
	}
	if d.Progress != nil && n > 0 {
		d.Progress(int64(n))
	}
	if err != nil {
		return fmt.Errorf("write content: %w", err)
	}
	return nil
}

func (d *downloading) checkWhole(ctx context.Context) error {
	if d.hash == nil {
		return nil
	}
	if sum := MD5(d.hash.Sum(nil)); sum != d.MD5 {
		return d.explain(ctx, fmt.Errorf("%w: they have %v instead of %v", ErrDamaged, sum, d.MD5))
	}
	return nil
}

// explain returns the error for an answer that is not about what was listed: cause, or
// that there is something else in the cloud by now.
func (d *downloading) explain(ctx context.Context, cause error) error {
	found, err := d.look(ctx, d.Path)
	switch {
	case isTemporary(err), ctx.Err() != nil:
		return err // another attempt comes to the same question
	case err != nil:
		return cause
	case found.kind == fileNode && found.state == stateCompleted && found.file.Size == d.Size && found.file.MD5 == d.MD5:
		return cause
	}
	return fmt.Errorf("%w: in the cloud it is now %s", ErrContentChanged, found.describe())
}
