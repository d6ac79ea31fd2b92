package jotta

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// operation is one call of the client's API, with the patience that is left for
// it. All its requests share one budget of retries.
type operation struct {
	client    *Client
	name      string // "list", "upload"
	path      Path   // "" for the account
	retried   int
	refused   *http.Request // the request that was answered by 401
	refreshed bool
	busy      func() // told when the service is asked too much; may be nil
}

func (c *Client) operation(name string, path Path) *operation {
	return &operation{client: c, name: name, path: path}
}

// run calls try until it succeeds, fails for good, or has been tried often enough.
func (o *operation) run(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if err := o.again(ctx, err); err != nil {
			return err
		}
	}
}

// runFor is run for what has a result.
func runFor[T any](ctx context.Context, o *operation, try func(context.Context) (T, error)) (T, error) {
	var result T
	err := o.run(ctx, func(ctx context.Context) (err error) {
		result, err = try(ctx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// again returns nil when it is time to try again after err, else the error to end
// the operation with.
func (o *operation) again(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return o.fail(context.Cause(ctx))
	}
	if refresher, ok := o.client.authorizer.(Refresher); ok && o.refused != nil && !o.refreshed && errors.Is(err, ErrUnauthorized) {
		o.refreshed = true
		return o.fail(refresher.Refresh(ctx, o.refused))
	}
	if o.busy != nil && isBusy(err) {
		o.busy()
	}
	if !isTemporary(err) || o.retried >= o.client.retries {
		return o.fail(err)
	}
	wait := backoff(o.retried, err)
	o.retried++
	o.client.stats.retries.Add(1)
	o.client.log.Info("trying again", "op", o.name, "path", string(o.path), "cause", err.Error(), "wait", wait, "try", o.retried+1)
	if err := o.client.clock.Sleep(ctx, wait); err != nil {
		return o.fail(err)
	}
	return nil
}

// fail gives err the operation's name and path, unless it has them or is nil.
func (o *operation) fail(err error) error {
	var named *APIError
	switch {
	case err == nil, errors.As(err, &named):
		return err
	case o.path == "":
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return fmt.Errorf("%s %q: %w", o.name, string(o.path), err)
}

// temporaryError marks an error after which the operation may be tried again,
// though others of its kind are final.
type temporaryError struct{ error }

func (e temporaryError) Unwrap() error { return e.error }

func isTemporary(err error) bool {
	var marked temporaryError
	var untrusted *tls.CertificateVerificationError
	var answer *APIError
	switch {
	case errors.As(err, &marked):
		return true
	case errors.As(err, &untrusted):
		return false
	case errors.As(err, &answer):
		return answer.temporary()
	}
	return errors.Is(err, ErrUnavailable)
}

// isBusy reports whether the service says that it is asked too much.
func isBusy(err error) bool {
	answer, ok := errors.AsType[*APIError](err)
	return ok && (answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable)
}

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = time.Minute
)

// backoff doubles with every retry, up to a minute, less a random part of up to a
// half so that many clients do not come back at once. A Retry-After that asks for
// more is honoured.
func backoff(retried int, err error) time.Duration {
	wait := min(firstBackoff<<min(retried, 16), maxBackoff)
	wait -= rand.N(wait / 2)
	var answer *APIError
	if errors.As(err, &answer) {
		wait = max(wait, answer.retryAfter)
	}
	return wait
}
