package jotta

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// LoginOptions say which hosts may see a sign-in, besides JottaCloud's own and those
// of its brands.
type LoginOptions struct {
	Endpoints    Endpoints
	AllowedHosts []string // "host" or "host:port"

	Transport http.RoundTripper // nil: one made for this login
	UserAgent string            // "": jottarun
	Logger    *slog.Logger      // nil: silent
	Clock     Clock             // nil: the system's
}

// Login is a sign-in that is kept between runs and shared by all processes of the
// machine. It renews the access token ahead of its end, under the store's lock, and
// never sends a refresh token again unless the service has said that it did nothing
// with it. It is a Refresher, for use by many goroutines.
//
// A renewal goes through these steps:
//
//	lock     wait for other processes, read again: one of them may have renewed
//	record   "sent" is durable before the first byte of the refresh token leaves
//	send     once; it is not cut short by the end of the run
//	keep     the new tokens are durable before either is used
type Login struct {
	store SessionStore
	begin beginner
	token *tokenClient

	turn chan struct{} // holds the right to renew

	mu       sync.Mutex
	session  Session
	refused  Secret    // an access token that was answered by 401
	attempts int       // renewals that failed
	failure  error     // of the last one
	pause    time.Time // until then no renewal ahead of the end is tried
}

// beginner makes a session where the store has none (ErrNoSession), or one that has
// ended. The store's lock is held.
type beginner func(ctx context.Context, why error) (Session, error)

// renewalPause is how long a renewal that failed is left alone, while the access token
// still works.
const renewalPause = 30 * time.Second

// NewLogin returns the login that a store keeps.
func NewLogin(store SessionStore, o LoginOptions) (*Login, error) {
	l, err := newLogin(store, o)
	if err != nil {
		return nil, err
	}
	l.begin = func(_ context.Context, why error) (Session, error) {
		if errors.Is(why, ErrNoSession) {
			return Session{}, fmt.Errorf("%w: %w", ErrNoCredentials, why)
		}
		return Session{}, why
	}
	return l, nil
}

func newLogin(store SessionStore, o LoginOptions) (*Login, error) {
	ends, err := o.Endpoints.parse()
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	hosts, err := newHostList(ends, o.AllowedHosts)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	if o.Transport == nil {
		transport := newTransport(1)
		transport.DisableKeepAlives = true // a connection that idled may be gone, and take what is sent with it
		o.Transport = transport
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return &Login{
		store: store,
		token: &tokenClient{
			hosts: hosts, http: &http.Client{Transport: o.Transport, CheckRedirect: checkRedirect},
			userAgent: cmp.Or(o.UserAgent, "jottarun"), log: o.Logger, clock: o.Clock,
		},
		turn: make(chan struct{}, 1),
	}, nil
}

// Format hides the login from every verb.
func (*Login) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// SignIn does at once what the first request would do: it makes sure of an access
// token that can be used.
func (l *Login) SignIn(ctx context.Context) error {
	_, err := l.access(ctx)
	return err
}

// Authorize signs a request in.
func (l *Login) Authorize(ctx context.Context, req *http.Request) error {
	token, err := l.access(ctx)
	if err != nil {
		return err
	}
	return bearerToken{token}.Authorize(ctx, req)
}

// Refresh makes the next Authorize bring another access token than the one that was
// refused. It sends nothing itself, so that what goes wrong is tried again as usual.
func (l *Login) Refresh(_ context.Context, refused *http.Request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = Secret(strings.TrimPrefix(refused.Header.Get("Authorization"), "Bearer "))
	return nil
}

// access returns an access token, renewed if it is due. While one goroutine renews the
// others wait, and share its failure.
func (l *Login) access(ctx context.Context) (Secret, error) {
	token, attempts, due := l.current()
	if !due {
		return token, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if session, err := l.store.Load(); err == nil {
		l.adopt(session)
	}
	token, since, due := l.current()
	if !due {
		return token, nil
	}
	if since != attempts {
		return l.fallBack(l.failure)
	}
	session, err := l.renew(ctx)
	if err != nil {
		return l.fallBack(l.fail(ctx, err))
	}
	l.adopt(session)
	return session.AccessToken, nil
}

// current returns the access token, and whether another one is due.
func (l *Login) current() (token Secret, attempts int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.token.clock.Now()
	switch {
	case !l.works(l.session, now):
		due = true
	case now.After(l.session.RenewAfter):
		due = l.session.ended() == nil && now.After(l.pause)
	}
	return l.session.AccessToken, l.attempts, due
}

// works reports whether the session's access token can be expected to be taken.
func (l *Login) works(s Session, now time.Time) bool {
	return s.usable(now) && s.AccessToken != l.refused
}

func (l *Login) adopt(s Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = s
}

func (l *Login) fail(ctx context.Context, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil { // else it is this caller's own end, and nobody else's
		l.attempts++
		l.failure = err
	}
	l.pause = l.token.clock.Now().Add(renewalPause)
	return err
}

// fallBack returns the access token that is left, if it still works, else err.
func (l *Login) fallBack(err error) (Secret, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.works(l.session, l.token.clock.Now()) {
		return "", err
	}
	l.token.log.Warn("the login could not be renewed ahead of its end", "cause", err.Error())
	return l.session.AccessToken, nil
}

// renew brings the session of the store up to date: by itself, or by reading what
// another process has made of it.
func (l *Login) renew(ctx context.Context) (_ Session, err error) {
	unlock, err := l.store.Lock(ctx)
	if err != nil {
		return Session{}, fmt.Errorf("renew the login (nothing was sent): %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	session, err := l.store.Load()
	switch {
	case errors.Is(err, ErrNoSession):
		return l.begin(ctx, err)
	case err != nil:
		return Session{}, err
	case l.isNew(session):
		return session, nil
	}
	if err := session.ended(); err != nil {
		return l.begin(ctx, err)
	}
	return l.refresh(ctx, session)
}

// isNew reports whether the session needs no renewal.
func (l *Login) isNew(s Session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.token.clock.Now()
	return l.works(s, now) && !now.After(s.RenewAfter)
}
