package jotta

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer is the most that is read of an answer, listings aside.
const maxAnswer = 1 << 20

// send makes one attempt at a request. The answer is one of success; everything
// else is an error. The caller closes its body.
func (o *operation) send(ctx context.Context, req *http.Request) (*http.Response, error) {
	c := o.client
	if err := c.hosts.check(req.URL); err != nil {
		return nil, err
	}
	ctx, watch := watchStall(ctx, c.stall)
	req = req.WithContext(ctx)
	req.Header.Set("User-Agent", c.userAgent)
	if err := c.authorizer.Authorize(ctx, req); err != nil {
		watch.stop()
		return nil, err
	}
	if inMemory := req.GetBody != nil; req.Body != nil && req.Body != http.NoBody && (!inMemory || c.limits.up != nil) {
		req.Body = watch.question(watch.limit(req.Body, c.limits.up))
	} // else net/http sends it together with the header, in one packet
	c.stats.requests.Add(1)
	started := c.clock.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = networkError(ctx, err) // before the watch ends ctx for another reason
		watch.stop()
		return nil, err
	}
	if c.log.Enabled(ctx, slog.LevelDebug) {
		c.log.Debug("request", "op", o.name, "path", string(o.path), "method", req.Method, "host", req.URL.Host,
			"status", resp.StatusCode, "took", c.clock.Now().Sub(started))
	}
	resp.Body = watch.answer(watch.limit(resp.Body, c.limits.down))
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	return nil, o.refusal(req, resp)
}

func (o *operation) refusal(req *http.Request, resp *http.Response) error {
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // of a broken one the status is left
	err := parseAPIError(resp.StatusCode, resp.Header, body, o.client.clock.Now())
	err.hide(credentials(req)...)
	err.Op, err.Path = o.name, string(o.path)
	if errors.Is(err, ErrUnauthorized) {
		o.refused = req
	}
	return err
}

// credentials are what a request shows of the sign-in, in the forms in which an answer
// may repeat it.
func credentials(req *http.Request) []string {
	_, sent, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	_, password, _ := req.BasicAuth()
	return []string{sent, password}
}

// getXML reads a small document of JFS into answer.
func (o *operation) getXML(ctx context.Context, u *url.URL, answer any) error {
	return o.exchange(ctx, http.MethodGet, u, nil, func(body []byte) error { return xml.Unmarshal(body, answer) })
}

// getJSON reads a small document of the API into answer.
func (o *operation) getJSON(ctx context.Context, u *url.URL, answer any) error {
	return o.exchange(ctx, http.MethodGet, u, nil, func(body []byte) error { return json.Unmarshal(body, answer) })
}

// postJSON sends question and reads the small document that answers it.
func (o *operation) postJSON(ctx context.Context, u *url.URL, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	return o.exchange(ctx, http.MethodPost, u, body, func(body []byte) error { return json.Unmarshal(body, answer) })
}

// exchange makes one attempt at a request whose question and answer are small.
func (o *operation) exchange(ctx context.Context, method string, u *url.URL, question []byte, parse func([]byte) error) error {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(question))
	if err != nil {
		return err
	}
	if question != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := o.send(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return readAnswer(resp.Body, parse)
}

func readJSON(body io.Reader, answer any) error {
	return readAnswer(body, func(text []byte) error { return json.Unmarshal(text, answer) })
}

func readAnswer(body io.Reader, parse func([]byte) error) error {
	answer, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(answer) > maxAnswer {
		return fmt.Errorf("%w: it is longer than %d bytes", ErrBadAnswer, maxAnswer)
	}
	if err := parse(answer); err != nil {
		return fmt.Errorf("%w: %s", ErrBadAnswer, harmless(err.Error(), 200))
	}
	return nil
}

// networkError says in one of the package's errors why no answer came. What
// net/http puts around a cause is dropped: it holds the whole address.
func networkError(ctx context.Context, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case errors.Is(err, ErrRefusedRedirect), errors.Is(err, ErrContentChanged):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF // the connection ended before the answer did
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, briefError{err})
}

// briefError is an error of net/http, which quotes an answer that is none as a whole.
type briefError struct{ error }

func (e briefError) Error() string { return harmless(e.error.Error(), 300) }

func (e briefError) Unwrap() error { return e.error }

// escapePath returns "/segment/segment" of names as the service stores them, fit
// for a URL. A bare + would be read as a space.
func escapePath(segments ...string) string {
	var b strings.Builder
	for _, segment := range segments {
		b.WriteByte('/')
		for i := 0; i < len(segment); i++ {
			if c := segment[i]; isUnreserved(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
