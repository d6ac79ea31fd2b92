package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

// SignIn is a way to sign in to the account. Close it when its requests have ended.
type SignIn struct {
	jotta.Authorizer
	Source string     // where it was found, for people
	dir    *state.Dir // that a session is kept in; nil where none is
}

// Close gives the state folder back.
func (s *SignIn) Close() error {
	if s.dir == nil {
		return nil
	}
	return s.dir.Close()
}

// Find takes the credentials of the environment, else the login that is kept, else
// those of .netrc. Nothing is sent yet.
func (a Account) Find() (*SignIn, error) {
	places := a.places()
	found, err := places.Environment()
	if err != nil {
		return nil, err
	}
	if found.Username != "" {
		return a.with(found)
	}
	session, err := state.KeptLogin(a.StateDir, a.key())
	if err != nil {
		return nil, err
	}
	if session != "" {
		return a.kept(session)
	}
	if found, err = places.Netrc(); err != nil {
		return nil, err
	}
	return a.with(found)
}

func (a Account) places() jotta.CredentialOptions {
	return jotta.CredentialOptions{Lookup: a.Lookup, Home: a.Home, Username: a.Username}
}

// with uses a password as what it is: a login token, which works with every service,
// or a password, which only other servers take.
func (a Account) with(c jotta.Credentials) (*SignIn, error) {
	token, isToken := jotta.ParseLoginToken(c.Password)
	switch {
	case isToken:
		return a.withToken(c, token)
	case a.Service != config.ServiceCustom:
		return nil, &noPasswordsError{service: a.Title(), source: c.Source}
	case a.Endpoints.Token == "":
		return &SignIn{Authorizer: jotta.BasicAuth(c.Username, c.Password), Source: "the password from " + c.Source}, nil
	}
	dir, err := state.Open(a.StateDir)
	if err != nil {
		return nil, err
	}
	login, err := jotta.NewPasswordLogin(dir.Session(a.passwordSession(c.Username)), c, a.Options)
	if err != nil {
		return nil, errors.Join(&OptionsError{err}, dir.Close())
	}
	return &SignIn{login, "the password from " + c.Source, dir}, nil
}

func (a Account) withToken(c jotta.Credentials, token jotta.LoginToken) (*SignIn, error) {
	dir, err := state.Open(a.StateDir)
	if err != nil {
		return nil, fmt.Errorf("sign in with the login token from %s (it was not sent): %w", c.Source, err)
	}
	login, err := jotta.NewTokenLogin(dir.Session(tokenSession(token)), token, a.Options)
	if err != nil {
		return nil, errors.Join(&OptionsError{err}, dir.Close())
	}
	return &SignIn{tokenLogin{login, c.Source}, "the login token from " + c.Source, dir}, nil
}

// kept uses the session that `jottarun login` has left.
func (a Account) kept(session string) (*SignIn, error) {
	dir, err := state.Open(a.StateDir)
	if err != nil {
		return nil, err
	}
	login, err := jotta.NewLogin(dir.Session(session), a.Options)
	if err != nil {
		return nil, errors.Join(&OptionsError{err}, dir.Close())
	}
	return &SignIn{login, "jottarun login", dir}, nil
}

// tokenLogin knows where its login token stands, to say so when it is of no use.
type tokenLogin struct {
	*jotta.Login
	source string
}

func (l tokenLogin) Authorize(ctx context.Context, req *http.Request) error {
	err := l.Login.Authorize(ctx, req)
	if errors.Is(err, jotta.ErrUnauthorized) {
		return &tokenError{l.source, err}
	}
	return err
}
