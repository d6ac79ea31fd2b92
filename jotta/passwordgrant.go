package jotta

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// otpHeader says that a code is wanted, and brings it.
const otpHeader = "X-Jottacloud-Otp"

// PasswordLogin signs in with user name and password, as old servers have it: they are
// exchanged for tokens, or where the server does not know how to, sent as HTTP Basic.
type PasswordLogin struct {
	*Login
	credentials Credentials
	tokenBase   string
	basic       atomic.Bool // the server speaks only HTTP Basic
}

// errNoPasswordGrant says that a server does not exchange passwords for tokens.
var errNoPasswordGrant = errors.New("the server has no password grant")

// NewPasswordLogin returns a login at the token endpoint of the options. When the
// session in the store has ended, another one is made.
func NewPasswordLogin(store SessionStore, credentials Credentials, o LoginOptions) (*PasswordLogin, error) {
	l, err := newLogin(store, o)
	if err != nil {
		return nil, err
	}
	ends, err := o.Endpoints.parse()
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	p := &PasswordLogin{Login: l, credentials: credentials, tokenBase: strings.TrimSuffix(ends.token.String(), "/auth/v1/token")}
	l.begin = func(ctx context.Context, _ error) (Session, error) { return p.grant(ctx, "") }
	return p, nil
}

// SignInAnew makes a new session, whatever the store holds. The code is that of the
// second factor; without one, an ErrOTPRequired says that it is asked for.
func (p *PasswordLogin) SignInAnew(ctx context.Context, code Secret) (err error) {
	unlock, err := p.store.Lock(ctx)
	if err != nil {
		return fmt.Errorf("sign in (nothing was sent): %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	session, err := p.grant(ctx, code)
	if err != nil {
		return err
	}
	p.adopt(session)
	return nil
}

// Authorize signs a request in, by token or else by HTTP Basic.
func (p *PasswordLogin) Authorize(ctx context.Context, req *http.Request) error {
	if name, err := p.accountName(ctx); err != nil {
		return err
	} else if name != "" {
		return basicAuth{p.credentials.Username, p.credentials.Password}.Authorize(ctx, req)
	}
	return p.Login.Authorize(ctx, req)
}

// Refresh has nothing to renew where the server speaks only HTTP Basic.
func (p *PasswordLogin) Refresh(ctx context.Context, refused *http.Request) error {
	if p.basic.Load() {
		return fmt.Errorf("sign in as %q: %w", p.credentials.Username, ErrUnauthorized)
	}
	return p.Login.Refresh(ctx, refused)
}

// accountName is the account's name on JFS where it is the login, as it is with HTTP
// Basic, else "".
func (p *PasswordLogin) accountName(ctx context.Context) (string, error) {
	if !p.basic.Load() {
		err := p.SignIn(ctx)
		if !errors.Is(err, errNoPasswordGrant) {
			return "", err
		}
		p.basic.Store(true)
	}
	return p.credentials.Username, nil
}

// grant registers a client and exchanges the password. A password may be sent again,
// so nothing is recorded before.
func (p *PasswordLogin) grant(ctx context.Context, code Secret) (Session, error) {
	client, err := p.register(ctx)
	if err != nil {
		return Session{}, err
	}
	asked := p.token.clock.Now()
	form := url.Values{
		"grant_type": {"PASSWORD"}, "client_id": {client.ID}, "client_secret": {client.Secret.Reveal()},
		"username": {p.credentials.Username}, "password": {p.credentials.Password.Reveal()},
	}
	header := http.Header{}
	if code != "" {
		header.Set(otpHeader, code.Reveal())
	}
	endpoint := p.tokenBase + "/auth/v1/token"
	answer, err := p.token.post(ctx, endpoint, newOnceForm(form, func() error { return nil }), header)
	if err != nil {
		return Session{}, p.refusal(redacted(err, form))
	}
	return p.keep(Session{
		Username: p.credentials.Username, TokenEndpoint: endpoint, ClientID: client.ID, ClientSecret: client.Secret,
	}.granted(answer, asked))
}

type registeredClient struct {
	ID     string `json:"client_id"`
	Secret Secret `json:"client_secret"`
}

func (p *PasswordLogin) register(ctx context.Context) (registeredClient, error) {
	var client registeredClient
	form := newOnceForm(url.Values{"device_id": {rand.Text()}}, func() error { return nil })
	err := p.token.postForm(ctx, p.tokenBase+"/auth/v1/register", form, nil, func(body []byte) error {
		if json.Unmarshal(body, &client) != nil || client.ID == "" || client.Secret == "" {
			return errors.New("no client was registered")
		}
		return nil
	})
	return client, p.refusal(err)
}

// refusal says what is behind a server's refusal.
func (p *PasswordLogin) refusal(err error) error {
	answer, ok := errors.AsType[*refusedGrant](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return fmt.Errorf("sign in as %q: %w", p.credentials.Username, err)
	case answer.Status == http.StatusNotFound, answer.Status == http.StatusMethodNotAllowed, answer.Status == http.StatusNotImplemented:
		return errNoPasswordGrant
	case answer.wantsOTP:
		return fmt.Errorf("sign in as %q: %w", p.credentials.Username, ErrOTPRequired)
	case isRefusedGrant(err):
		return fmt.Errorf("sign in as %q: %w: user name or password is wrong", p.credentials.Username, ErrUnauthorized)
	}
	return final(err)
}
