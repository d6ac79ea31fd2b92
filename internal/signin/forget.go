package signin

import (
	"context"
	"errors"
	"strings"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

// Forget removes every login that this machine keeps for the account, and returns how
// many there were.
func (a Account) Forget(ctx context.Context, dir *state.Dir) (int, error) {
	sessions, err := a.sessions(dir)
	if err != nil {
		return 0, err
	}
	forgotten := 0
	for _, session := range sessions {
		kept, err := session.Load()
		if errors.Is(err, jotta.ErrNoSession) || err == nil && kept.AccessToken == "" && kept.RefreshToken == "" {
			continue
		}
		if err := retire(ctx, session); err != nil {
			return forgotten, err
		}
		forgotten++
	}
	return forgotten, dir.DropLogin(a.key())
}

// Elsewhere names the places outside the state folder that have a login for the
// account.
func (a Account) Elsewhere() []string {
	var sources []string
	for _, c := range a.credentials() {
		sources = append(sources, c.Source)
	}
	return sources
}

// sessions are those that the account may use: that of `jottarun login`, and those that
// came of the credentials it finds.
func (a Account) sessions(dir *state.Dir) ([]*state.Session, error) {
	var sessions []*state.Session
	name, err := state.KeptLogin(dir.Path(), a.key())
	if err != nil {
		return nil, err
	}
	if name != "" {
		sessions = append(sessions, dir.Session(name))
	}
	for _, c := range a.credentials() {
		token, isToken := jotta.ParseLoginToken(c.Password)
		switch {
		case isToken:
			sessions = append(sessions, dir.Session(tokenSession(token)))
		case a.Endpoints.Token != "":
			sessions = append(sessions, dir.Session(a.passwordSession(c.Username)))
		}
	}
	return sessions, nil
}

// credentials are all that there are; places without any, or that cannot be read, are
// passed over.
func (a Account) credentials() []jotta.Credentials {
	var found []jotta.Credentials
	places := a.places()
	for _, look := range []func() (jotta.Credentials, error){places.Environment, places.Netrc} {
		if c, err := look(); err == nil && c.Username != "" {
			found = append(found, c)
		}
	}
	return found
}

// retire forgets a session's secrets. That a login token has been used stays known: to
// send it again would be of no use.
func retire(ctx context.Context, session *state.Session) (err error) {
	unlock, err := session.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if strings.HasPrefix(session.Name(), tokenPrefix) {
		return session.Save(jotta.Session{State: jotta.SessionSent})
	}
	return session.Remove()
}
