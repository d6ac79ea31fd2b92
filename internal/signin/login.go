package signin

import (
	"context"
	"errors"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

// Login is a new login, in the state folder but not yet the account's.
type Login struct {
	jotta.Authorizer
	session *state.Session
}

// SignIn lets requests be made with the login, to prove it. It is valid as long as the
// folder is open.
func (l *Login) SignIn() *SignIn {
	return &SignIn{Authorizer: l.Authorizer, Source: "jottarun login"}
}

// Path is the file that the login is in.
func (l *Login) Path() string { return l.session.Path() }

// NewTokenLogin returns the login that a login token gives. Nothing is sent yet.
func (a Account) NewTokenLogin(dir *state.Dir, token jotta.LoginToken) (*Login, error) {
	session := dir.Session(tokenSession(token))
	login, err := jotta.NewTokenLogin(session, token, a.Options)
	if err != nil {
		return nil, &OptionsError{err}
	}
	return &Login{login, session}, nil
}

// NewPasswordLogin signs in with the password of the account's user. Where the server
// wants the code of a second factor and code is empty, ask is called for it.
func (a Account) NewPasswordLogin(ctx context.Context, dir *state.Dir, password, code jotta.Secret, ask func() (jotta.Secret, error)) (*Login, error) {
	session := dir.Session(a.passwordSession(a.Username))
	login, err := jotta.NewPasswordLogin(session, jotta.Credentials{Username: a.Username, Password: password}, a.Options)
	if err != nil {
		return nil, &OptionsError{err}
	}
	err = login.SignInAnew(ctx, code)
	if errors.Is(err, jotta.ErrOTPRequired) && code == "" {
		asked, askErr := ask()
		if askErr != nil {
			return nil, err
		}
		err = login.SignInAnew(ctx, asked)
	}
	if err != nil {
		return nil, err
	}
	return &Login{login, session}, nil
}

// NewBrowserLogin signs in with a browser, which show is called to send to an address.
func (a Account) NewBrowserLogin(ctx context.Context, dir *state.Dir, brand jotta.Brand, show func(address string) error) (*Login, error) {
	session := dir.Session("browser-" + a.key())
	login, err := jotta.NewLogin(session, a.Options)
	if err != nil {
		return nil, &OptionsError{err}
	}
	if err := login.SignInWithBrowser(ctx, brand, jotta.BrowserOptions{Port: jotta.UsualRedirectPort, Show: show}); err != nil {
		return nil, err
	}
	return &Login{login, session}, nil
}

// Keep makes a login, which a request has proved, the one that runs use. The one before
// it is forgotten.
func (a Account) Keep(ctx context.Context, dir *state.Dir, login *Login) error {
	before, err := state.KeptLogin(dir.Path(), a.key())
	if err != nil {
		a.debug("read the login before this one", err)
	}
	if err := dir.KeepLogin(a.key(), login.session.Name()); err != nil {
		return err
	}
	if before == "" || before == login.session.Name() {
		return nil
	}
	return retire(ctx, dir.Session(before))
}

func (a Account) debug(what string, cause error) {
	if a.Options.Logger != nil {
		a.Options.Logger.Debug(what, "cause", cause)
	}
}
