package jotta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	signInTimeout = 45 * time.Second // for one request of a sign-in, all in all
	signInGrace   = 3 * time.Second  // for the answer, when the run is being ended
)

// tokenClient speaks to the hosts that sign in. It sends nothing twice, by itself or
// by the transport beneath it.
type tokenClient struct {
	hosts     hostList
	http      *http.Client
	userAgent string
	log       *slog.Logger
	clock     Clock
}

// tokenAnswer is what a sign-in grants.
type tokenAnswer struct {
	AccessToken  Secret          `json:"access_token"`
	RefreshToken Secret          `json:"refresh_token"`
	ExpiresIn    json.RawMessage `json:"expires_in"`
}

// lifetime never lets an odd number spoil a sign-in that cannot be had again.
func (a tokenAnswer) lifetime() time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(a.ExpiresIn), `"`), 64)
	if err != nil || !(seconds > 0) {
		return usualLifetime
	}
	return time.Duration(min(seconds, maxLifetime.Seconds()) * float64(time.Second))
}

// addresses are what a well-known document says.
type addresses struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
}

// discover reads a well-known document. Where it leads is checked here.
func (c *tokenClient) discover(ctx context.Context, link string) (addresses, error) {
	var found addresses
	req, err := c.request(ctx, http.MethodGet, link)
	if err != nil {
		return addresses{}, err
	}
	if err := c.do(req, func(body []byte) error { return json.Unmarshal(body, &found) }); err != nil {
		return addresses{}, err
	}
	if _, err := c.address(found.Token); err != nil {
		return addresses{}, fmt.Errorf("token endpoint: %w", err)
	}
	return found, nil
}

// address parses where a sign-in is to go, and refuses hosts it must not go to.
func (c *tokenClient) address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || text == "" {
		return nil, fmt.Errorf("%w: no address", ErrBadAnswer)
	}
	return u, c.hosts.check(u)
}

func (c *tokenClient) request(ctx context.Context, method, address string) (*http.Request, error) {
	u, err := c.address(address)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: no address", ErrBadAnswer)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	return req, nil
}

// post sends a form and reads tokens.
func (c *tokenClient) post(ctx context.Context, address string, form *onceForm, header http.Header) (tokenAnswer, error) {
	var answer tokenAnswer
	err := c.postForm(ctx, address, form, header, func(body []byte) error {
		if json.Unmarshal(body, &answer) != nil {
			return errors.New("no JSON") // the decoder's own words could quote a token
		}
		if answer.AccessToken == "" {
			return errors.New("no access token")
		}
		return bearerToken{answer.AccessToken}.check()
	})
	return answer, err
}

// postForm goes on for a moment when ctx has ended: an answer that is not waited for
// is a login lost.
func (c *tokenClient) postForm(ctx context.Context, address string, form *onceForm, header http.Header, parse func([]byte) error) error {
	ctx, cancel := outlive(ctx, signInGrace)
	defer cancel()
	req, err := c.request(ctx, http.MethodPost, address)
	if err != nil {
		return err
	}
	for name := range header {
		req.Header.Set(name, header.Get(name))
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Body, req.ContentLength = form, form.size // without GetBody: the transport cannot send it again
	return c.do(req, parse)
}

// do makes one request with a small answer. Every answer but one of success is a
// *refusedGrant.
func (c *tokenClient) do(req *http.Request, parse func([]byte) error) error {
	ctx, cancel := context.WithTimeoutCause(req.Context(), signInTimeout,
		fmt.Errorf("%w: no answer from %s in %v", ErrUnavailable, req.URL.Host, signInTimeout))
	defer cancel()
	resp, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return networkError(ctx, err)
	}
	defer resp.Body.Close()
	c.log.Debug("request", "op", "sign in", "method", req.Method, "host", req.URL.Host, "status", resp.StatusCode)
	if resp.StatusCode < 200 || resp.StatusCode >= 300 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // of a broken one the status is left
		return parseRefusedGrant(resp, body, c.clock.Now())
	}
	err = readAnswer(resp.Body, parse)
	if err != nil && !errors.Is(err, ErrBadAnswer) {
		return networkError(ctx, err)
	}
	return err
}

// refusedGrant is an *APIError of a host that signs in.
type refusedGrant struct {
	*APIError
	wantsOTP bool
}

func (e *refusedGrant) Unwrap() error { return e.APIError }

// parseRefusedGrant reads a refusal in the words of OAuth, else as any other.
func parseRefusedGrant(resp *http.Response, body []byte, now time.Time) *refusedGrant {
	refused := parseAPIError(resp.StatusCode, resp.Header, body, now)
	refused.Op = "sign in"
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.Error != "" {
		refused.ID, refused.Message = harmless(answer.Error, 80), harmless(answer.Description, 300)
	}
	return &refusedGrant{refused, resp.Header.Get(otpHeader) != ""}
}

const invalidGrant = "invalid_grant"

// outlive returns a context that ends grace after ctx does.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(ctx))
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel(context.Canceled) }
}
