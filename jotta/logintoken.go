package jotta

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// LoginToken is a personal login token, as the service's web page makes it under
// Settings > Security. It works once; what it is exchanged for lasts.
type LoginToken struct {
	Username  string
	Realm     string
	Digest    string // tells tokens apart without giving any away
	wellKnown string
	auth      Secret
}

// Format shows the token without what is secret of it: fmt does not ask the Secret in
// a field that it cannot see.
func (t LoginToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "login token %s of %q", t.Digest, t.Username)
}

// loginClient is the client that login tokens are made for.
const loginClient = "jottacli"

// ParseLoginToken reads a login token, and reports whether the text is one: base64url
// of JSON with the four fields that the service writes. A password never is.
func ParseLoginToken(text Secret) (LoginToken, bool) {
	trimmed := strings.TrimRight(strings.TrimSpace(text.Reveal()), "=")
	decoded, err := base64.RawURLEncoding.DecodeString(trimmed)
	if err != nil {
		return LoginToken{}, false
	}
	var fields struct {
		Username  string `json:"username"`
		Realm     string `json:"realm"`
		WellKnown string `json:"well_known_link"`
		Auth      Secret `json:"auth_token"`
	}
	if json.Unmarshal(decoded, &fields) != nil || fields.Username == "" || fields.WellKnown == "" || fields.Auth == "" {
		return LoginToken{}, false
	}
	sum := sha256.Sum256([]byte(trimmed))
	return LoginToken{
		Username: fields.Username, Realm: fields.Realm, Digest: hex.EncodeToString(sum[:16]),
		wellKnown: fields.WellKnown, auth: fields.Auth,
	}, true
}

// NewTokenLogin returns the login that came of a token, or will: the first use
// exchanges it. The store is the token's own; where it holds anything, the token has
// been sent before and is not sent again.
func NewTokenLogin(store SessionStore, token LoginToken, o LoginOptions) (*Login, error) {
	l, err := newLogin(store, o)
	if err != nil {
		return nil, err
	}
	l.begin = func(ctx context.Context, why error) (Session, error) {
		if !errors.Is(why, ErrNoSession) {
			return Session{}, why
		}
		return l.redeem(ctx, token)
	}
	return l, nil
}

// redeem exchanges a login token for a session.
func (l *Login) redeem(ctx context.Context, token LoginToken) (Session, error) {
	found, err := l.token.discover(ctx, token.wellKnown)
	if err != nil {
		return Session{}, fmt.Errorf("sign in with the login token: %w", err)
	}
	return l.spend(ctx, spending{
		before: Session{Username: token.Username, TokenEndpoint: found.Token, ClientID: loginClient},
		form: url.Values{
			"client_id": {loginClient}, "grant_type": {"password"}, "scope": {"openid offline_access"},
			"username": {token.Username}, "password": {token.auth.Reveal()},
		},
		lost: ErrTokenUsed, refused: ErrTokenUsed,
	})
}
