package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

// signIn is a way to sign in to the account, and where it was found.
type signIn struct {
	jotta.Authorizer
	source string     // for people
	dir    *state.Dir // that a session is kept in; nil where none is
}

// Close gives the state folder back.
func (s *signIn) Close() error {
	if s.dir == nil {
		return nil
	}
	return s.dir.Close()
}

// findSignIn takes the credentials of the environment, else the login that is kept,
// else those of .netrc. Nothing is sent yet.
func (a *app) findSignIn(cfg *config.Config) (*signIn, error) {
	places := a.credentialPlaces(cfg)
	found, err := places.Environment()
	if err != nil {
		return nil, err
	}
	if found.Username != "" {
		return a.signInWith(cfg, found)
	}
	stateDir, err := a.stateDir(cfg)
	if err != nil {
		return nil, err
	}
	session, err := state.KeptLogin(stateDir, accountKey(cfg.Account))
	if err != nil {
		return nil, err
	}
	if session != "" {
		return a.signInKept(cfg, session)
	}
	if found, err = places.Netrc(); err != nil {
		return nil, err
	}
	return a.signInWith(cfg, found)
}

func (a *app) credentialPlaces(cfg *config.Config) jotta.CredentialOptions {
	return jotta.CredentialOptions{Lookup: a.lookup, Home: a.home, Username: cfg.Account.Username}
}

func (a *app) stateDir(cfg *config.Config) (string, error) {
	path, err := state.Locate(cfg.Settings.StateDir, a.lookup, a.home)
	if err != nil {
		return "", configError{err}
	}
	return path, nil
}

// signInWith uses a password as what it is: a login token, which works with every
// service, or a password, which only other servers take.
func (a *app) signInWith(cfg *config.Config, c jotta.Credentials) (*signIn, error) {
	token, isToken := jotta.ParseLoginToken(c.Password)
	switch {
	case isToken:
		dir, err := a.openState(cfg)
		if err != nil {
			return nil, fmt.Errorf("sign in with the login token from %s (it was not sent): %w", c.Source, err)
		}
		login, err := jotta.NewTokenLogin(dir.Session(tokenSession(token)), token, a.loginOptions(cfg))
		if err != nil {
			return nil, errors.Join(configError{err}, dir.Close())
		}
		return &signIn{tokenLogin{login, c.Source}, "the login token from " + c.Source, dir}, nil
	case cfg.Account.Service != config.ServiceCustom:
		return nil, &noPasswordsError{service: serviceTitle(cfg.Account), source: c.Source}
	case cfg.Account.Endpoints.Token == "":
		return &signIn{Authorizer: jotta.BasicAuth(c.Username, c.Password), source: "the password from " + c.Source}, nil
	}
	dir, err := a.openState(cfg)
	if err != nil {
		return nil, err
	}
	login, err := jotta.NewPasswordLogin(dir.Session(passwordSession(cfg.Account, c.Username)), c, a.loginOptions(cfg))
	if err != nil {
		return nil, errors.Join(configError{err}, dir.Close())
	}
	return &signIn{login, "the password from " + c.Source, dir}, nil
}

// signInKept uses the session that `jottarun login` has left.
func (a *app) signInKept(cfg *config.Config, session string) (*signIn, error) {
	dir, err := a.openState(cfg)
	if err != nil {
		return nil, err
	}
	login, err := jotta.NewLogin(dir.Session(session), a.loginOptions(cfg))
	if err != nil {
		return nil, errors.Join(configError{err}, dir.Close())
	}
	return &signIn{login, "jottarun login", dir}, nil
}

func (a *app) openState(cfg *config.Config) (*state.Dir, error) {
	path, err := a.stateDir(cfg)
	if err != nil {
		return nil, err
	}
	return state.Open(path)
}

func (a *app) loginOptions(cfg *config.Config) jotta.LoginOptions {
	return jotta.LoginOptions{
		Endpoints: endpoints(cfg), AllowedHosts: cfg.Account.AllowedHosts, UserAgent: userAgent(), Logger: a.logger(),
	}
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

// tokenError says which login token is of no use any more.
type tokenError struct {
	source string
	error
}

func (e *tokenError) Unwrap() error { return e.error }

// noPasswordsError is a password for a service that takes login tokens only.
type noPasswordsError struct{ service, source string }

func (e *noPasswordsError) Error() string {
	return fmt.Sprintf("sign in to %s with the password from %s: the service takes no passwords any more, but personal login tokens",
		e.service, e.source)
}

// Is makes the error an ErrUnauthorized.
func (e *noPasswordsError) Is(target error) bool { return target == jotta.ErrUnauthorized }

// signInHint says what to do about a login that is missing or of no use.
func signInHint(err error) string {
	token, fromToken := errors.AsType[*tokenError](err)
	_, noPasswords := errors.AsType[*noPasswordsError](err)
	ended := errors.Is(err, jotta.ErrLoginExpired) || errors.Is(err, jotta.ErrLoginLost) || errors.Is(err, jotta.ErrTokenUsed)
	switch {
	case noPasswords:
		return "Make a login token on its web page, Settings > Security, and put it in the password's place"
	case ended && fromToken:
		return "Run: jottarun login, and remove the used token from " + token.source +
			"; or put a new one there (web page, Settings > Security)"
	case errors.Is(err, jotta.ErrTokenUsed):
		return "Make a new one on the web page, Settings > Security, and run: jottarun login"
	case ended, errors.Is(err, jotta.ErrNoCredentials):
		return "Run: jottarun login"
	case errors.Is(err, jotta.ErrOTPRequired):
		return "Run: jottarun login --otp CODE"
	}
	return ""
}
