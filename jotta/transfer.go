package jotta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// transfer sends the content from a position on, and has the answer accepted.
func (u *uploading) transfer(ctx context.Context, address string, from int64, header http.Header, accept func(io.Reader) error) error {
	to, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%w: the upload address cannot be read", ErrBadAnswer)
	}
	content := newContentReader(u)
	if err := content.skip(ctx, from); err != nil {
		return err
	}
	body, err := u.body(content)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), body)
	if err != nil {
		return fmt.Errorf("%w: the upload address cannot be used", ErrBadAnswer)
	}
	req.Header = header
	req.ContentLength = u.Size - from
	req.Header.Set("Content-Type", "application/octet-stream")
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, u.Size-1))
	}
	if req.ContentLength == 0 {
		req.Body = http.NoBody
	}
	err = u.deliver(ctx, req, accept)
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

// oneWrite is the size up to which content leaves together with the header.
const oneWrite = 32 << 10

// body is what is to be sent of the content. A little of it, which cannot change, is
// handed over as bytes: net/http sends those together with the header, in one packet.
func (u *uploading) body(content *contentReader) (io.Reader, error) {
	n := u.Size - content.position
	if !u.Proved || n > oneWrite || u.client.limits.up != nil {
		return content, nil
	}
	whole := make([]byte, n) // of its own: it may be read for a moment after the answer has come
	_, err := io.ReadFull(content, whole)
	return bytes.NewReader(whole), err
}

// deliver sends the bytes and checks what the service made of them.
func (u *uploading) deliver(ctx context.Context, req *http.Request, accept func(io.Reader) error) error {
	resp, err := u.send(ctx, req)
	var refused *APIError
	if errors.As(err, &refused) {
		broken := refused.Status == statusIncomplete || refused.Status == statusCorrupt ||
			refused.ID == "IncompleteUploadOpenApiException" || refused.ID == "CorruptUploadOpenApiException"
		// Bytes of an earlier attempt that were long on their way may begin the file anew.
		rewound := refused.Status == http.StatusRequestedRangeNotSatisfiable && req.Header.Get("Range") != ""
		refused.hide(req.URL.RequestURI(), req.URL.RawQuery) // whoever knows the address may be let in by it
		if broken || rewound {
			// What was sent had the right hash, so what arrived was cut or damaged.
			return temporaryError{err}
		}
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return accept(resp.Body)
}

// acceptJSON checks the answer to the upload of what was allocated.
func (u *uploading) acceptJSON(body io.Reader) error {
	var answer struct {
		Bytes int64  `json:"bytes"`
		MD5   string `json:"md5"`
	}
	if err := readJSON(body, &answer); err != nil {
		return err
	}
	if sum, err := ParseMD5(answer.MD5); err != nil || sum != u.MD5 || answer.Bytes != u.Size {
		return fmt.Errorf("%w: it stored %d bytes with the MD5 %q instead of %d with %v",
			ErrBadAnswer, answer.Bytes, harmless(answer.MD5, 40), u.Size, u.MD5)
	}
	return nil
}
