package jotta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// An Authorizer signs requests in. It is called for every attempt of a request,
// by many goroutines, and only for hosts that may see the sign-in.
type Authorizer interface {
	Authorize(ctx context.Context, req *http.Request) error
}

// A Refresher is an Authorizer that can renew its sign-in. Refresh is called once
// in an operation, when the service refused the given request with 401. The
// request still carries what was refused: where another goroutine has renewed the
// sign-in since, there is nothing left to do. An error of the network is not an
// ErrUnauthorized.
type Refresher interface {
	Authorizer
	Refresh(ctx context.Context, refused *http.Request) error
}

// BasicAuth signs in with HTTP Basic, the oldest way, which private servers still
// take. The user's name is then the account's name on JFS as well.
func BasicAuth(user string, password Secret) Authorizer { return basicAuth{user, password} }

// BearerToken signs in with an access token that somebody else keeps fresh.
func BearerToken(token Secret) Authorizer { return bearerToken{token} }

type basicAuth struct {
	user     string
	password Secret
}

// Format hides what fmt would not ask the Secret in an inner field about.
func (basicAuth) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

func (a basicAuth) Authorize(_ context.Context, req *http.Request) error {
	if strings.Contains(a.user, ":") {
		return fmt.Errorf("sign in as %q: a user name with a colon cannot be used with HTTP Basic", a.user)
	}
	req.SetBasicAuth(a.user, a.password.Reveal())
	req.Header.Set("X-JottaAPIVersion", "2.2") // servers that take Basic want it on JFS requests
	return nil
}

type bearerToken struct{ token Secret }

// Format hides the token, as that of basicAuth does.
func (bearerToken) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

func (a bearerToken) Authorize(_ context.Context, req *http.Request) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	return nil
}

func (a bearerToken) check() error {
	if strings.ContainsFunc(a.token.Reveal(), func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
		return errors.New("the access token holds characters that no token has")
	}
	return nil
}
