package jotta

import (
	"context"
	"errors"
	"time"
)

// Session is a sign-in that outlives the process. Its refresh token works once: what
// it is exchanged for brings the next one.
type Session struct {
	Username      string
	TokenEndpoint string // where it is renewed
	ClientID      string
	ClientSecret  Secret // of a client that registered itself, for the password grant
	AccessToken   Secret
	RefreshToken  Secret
	RenewAfter    time.Time // from then on the access token is renewed ahead of its end
	Expires       time.Time // of the access token
	State         SessionState
}

// SessionState says what may still be done with a session's credential.
type SessionState string

const (
	// SessionLive can be renewed.
	SessionLive SessionState = "live"
	// SessionSent has sent what it would be renewed with, and keeps no answer: nobody
	// knows whether that still works, and to send it again would revoke the login.
	SessionSent SessionState = "sent"
	// SessionDead was refused by the service, or ended by the user.
	SessionDead SessionState = "dead"
)

// SessionStore keeps one session, for all processes of the machine.
type SessionStore interface {
	// Load returns the session, or an error that is ErrNoSession. It needs no lock.
	Load() (Session, error)
	// Save replaces the session. On return it is durable. The lock must be held.
	Save(Session) error
	// Remove forgets the session. The lock must be held.
	Remove() error
	// Lock waits until no other process holds the lock. It fails where the store
	// cannot be written.
	Lock(ctx context.Context) (unlock func() error, err error)
}

// ErrNoSession says that a store is empty.
var ErrNoSession = errors.New("no session is kept")

// signInError is a kind of ErrUnauthorized.
type signInError string

func (e signInError) Error() string { return string(e) }

// Is makes the error an ErrUnauthorized.
func (e signInError) Is(target error) bool { return target == ErrUnauthorized }

// Why a login cannot be used any more. Each is an ErrUnauthorized too, and only a new
// login helps.
var (
	ErrLoginExpired error = signInError("login expired or used elsewhere (invalid_grant)")
	ErrLoginLost    error = signInError("login lost: the answer that would have renewed it did not arrive")
	ErrTokenUsed    error = signInError("the login token has been used, and it works once")
	ErrOTPRequired  error = signInError("the service asks for the code of the second factor")
)

// ended says why the session cannot be renewed, or nil where it can.
func (s Session) ended() error {
	switch {
	case s.State == SessionLive && s.RefreshToken != "":
		return nil
	case s.State == SessionSent && s.RefreshToken == "":
		return ErrTokenUsed
	case s.State == SessionSent:
		return ErrLoginLost
	}
	return ErrLoginExpired
}

// usable reports whether the access token can be sent.
func (s Session) usable(now time.Time) bool { return s.AccessToken != "" && now.Before(s.Expires) }

const (
	usualLifetime = 10 * time.Minute // of an access token that does not say; JottaCloud's lives an hour
	maxLifetime   = 24 * time.Hour
	maxMargin     = 5 * time.Minute
)

// granted returns the session with what an answer brought.
func (s Session) granted(answer tokenAnswer, asked time.Time) Session {
	lifetime := answer.lifetime()
	s.AccessToken = answer.AccessToken
	if answer.RefreshToken != "" { // else the one that was sent stays good
		s.RefreshToken = answer.RefreshToken
	}
	s.Expires = asked.Add(lifetime)
	s.RenewAfter = s.Expires.Add(-min(lifetime/4, maxMargin))
	s.State = SessionLive
	return s
}
