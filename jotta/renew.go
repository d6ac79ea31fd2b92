package jotta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// refresh exchanges the session's refresh token for the next one.
func (l *Login) refresh(ctx context.Context, s Session) (Session, error) {
	return l.spend(ctx, spending{
		before: s, kept: true,
		form: s.refreshForm(),
		lost: ErrLoginLost, refused: ErrLoginExpired,
	})
}

// refreshForm is what the session's token endpoint wants; that of the password grant
// wants its grant in capitals.
func (s Session) refreshForm() url.Values {
	form := url.Values{
		"client_id": {s.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {s.RefreshToken.Reveal()},
	}
	if s.ClientSecret != "" {
		form.Set("client_secret", s.ClientSecret.Reveal())
		form.Set("grant_type", "REFRESH_TOKEN")
	}
	return form
}

// spending is the use of a credential that works once.
type spending struct {
	before  Session // as long as nothing was sent
	kept    bool    // whether before is in the store; else there is none
	form    url.Values
	header  http.Header
	lost    error // what it is when the answer does not arrive
	refused error // what it is when the service does not take the credential
}

// spend sends the credential, and keeps what comes of it. The store's lock is held.
//
// An answer that is a status says that nothing was granted, so the store is put back
// as it was. Without an answer nobody knows; the store goes on saying "sent".
func (l *Login) spend(ctx context.Context, s spending) (Session, error) {
	asked := l.token.clock.Now()
	sent := s.before
	sent.State = SessionSent
	form := newOnceForm(s.form, func() error { return l.store.Save(sent) })
	answer, err := l.token.post(ctx, s.before.TokenEndpoint, form, s.header)
	left, unrecorded := form.end()
	switch {
	case err == nil:
		return l.keep(s.before.granted(answer, asked))
	case unrecorded != nil:
		return Session{}, fmt.Errorf("renew the login (nothing was sent): %w", unrecorded)
	case !left:
		return Session{}, fmt.Errorf("renew the login: %w", err)
	case isRefusedGrant(err):
		return Session{}, errors.Join(s.refused, l.bury(s.before))
	case isAnswer(err):
		return Session{}, errors.Join(final(redacted(err, s.form)), l.restore(s))
	}
	return Session{}, fmt.Errorf("%w (%v)", s.lost, err) // not %w: to try again is of no use
}

// keep makes a session durable; before that it must not be used.
func (l *Login) keep(s Session) (Session, error) {
	if err := l.store.Save(s); err != nil {
		return Session{}, fmt.Errorf("keep the new login: %w: %w", ErrLoginLost, err)
	}
	l.token.log.Debug("the login was renewed", "until", s.Expires)
	return s, nil
}

// bury records that a session has ended. The access token may outlive it.
func (l *Login) bury(s Session) error {
	if s.RefreshToken == "" {
		return nil // "sent" says it already
	}
	s.State = SessionDead
	return l.store.Save(s)
}

func (l *Login) restore(s spending) error {
	if s.kept {
		return l.store.Save(s.before)
	}
	return l.store.Remove()
}

func isRefusedGrant(err error) bool {
	answer, ok := errors.AsType[*APIError](err)
	return ok && answer.ID == invalidGrant
}

// isAnswer reports whether the service has spoken, in whatever words.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*APIError](err)
	return ok || errors.Is(err, ErrRefusedRedirect)
}

// final makes a refusal that no repetition will change an ErrUnauthorized.
func final(err error) error {
	if isTemporary(err) || errors.Is(err, ErrUnauthorized) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnauthorized, err)
}

// redacted takes out of a refusal what it repeats of the question.
func redacted(err error, form url.Values) error {
	if answer, ok := errors.AsType[*APIError](err); ok {
		for _, name := range []string{"password", "refresh_token", "client_secret", "code", "code_verifier"} {
			answer.hide(form.Get(name))
		}
	}
	return err
}
