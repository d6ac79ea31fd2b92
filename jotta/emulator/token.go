package emulator

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// tokenAnswer is what a token endpoint grants.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
}

// tokenRefusal is what it answers otherwise, in the words of OAuth.
type tokenRefusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// loginClient is the client that may use personal login tokens.
const loginClient = "jottacli"

var errReused = errors.New("refresh token was used before")

// form reads the parameters of a token request: of the body, and of the query, which
// is where some clients put them.
func (x *exchange) form() error {
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, maxDocument)
	if err := x.r.ParseForm(); err != nil {
		return invalid("the form cannot be read")
	}
	return nil
}

// grantToken is POST of the OpenID Connect token endpoint.
func (x *exchange) grantToken() error {
	if err := x.form(); err != nil {
		return err
	}
	form := x.r.Form
	client := form.Get("client_id")
	if client == "" {
		return x.refuseToken(http.StatusBadRequest, "invalid_client", "client_id is missing")
	}
	switch form.Get("grant_type") {
	case "password":
		scopes := strings.Fields(form.Get("scope"))
		if client != loginClient || !slices.Contains(scopes, "offline_access") {
			return x.refuseToken(http.StatusBadRequest, "unauthorized_client", "client or scope is not allowed here")
		}
		return x.redeemLogin(client, form.Get("username"), form.Get("password"))
	case "authorization_code":
		return x.redeemCode(client)
	case "refresh_token":
		return x.refresh(client, form.Get("refresh_token"))
	}
	return x.refuseToken(http.StatusBadRequest, "unsupported_grant_type", "grant_type is not known here")
}

func (x *exchange) refuseToken(status int, code, description string) error {
	return x.sendJSON(status, tokenRefusal{code, description})
}

// redeemLogin exchanges a personal login token, which works once.
func (x *exchange) redeemLogin(client, username, secret string) error {
	id := secretID(secret)
	return x.startSession(client, func(t *tree) (spent []record, ok bool) {
		held := t.grants[id]
		if held.Kind != grantLogin || !sameSecret(secretDigest(secret), held.Digest) ||
			fold(username) != fold(x.server.options.Username) {
			return nil, false
		}
		return []record{{Op: opGrant, Grant: &grantRecord{ID: id}}}, true
	})
}

// startSession grants tokens if allowed says so; what it spends is spent in one step
// with the new session.
func (x *exchange) startSession(client string, allowed func(*tree) (spent []record, ok bool)) error {
	id := randomID()
	refresh, digest := newSecret(id)
	granted := false
	err := x.server.change(func() ([]record, error) {
		var spent []record
		if spent, granted = allowed(x.server.tree); !granted {
			return nil, nil
		}
		return append(spent, record{Op: opGrant, Grant: &grantRecord{ID: id, Kind: grantSession, Client: client, Digest: digest}}), nil
	}, nil)
	if err != nil {
		return err
	}
	if !granted {
		return x.refuseToken(http.StatusUnauthorized, "invalid_grant", "Invalid user credentials")
	}
	return x.grant(id, refresh)
}

func (x *exchange) grant(session, refresh string) error {
	s := x.server
	lifetime := s.options.AccessLifetime
	x.w.Header().Set("Cache-Control", "no-store")
	return x.sendJSON(http.StatusOK, tokenAnswer{
		AccessToken:  s.issue(session),
		ExpiresIn:    int64(lifetime.Seconds()),
		RefreshToken: refresh, TokenType: "Bearer", Scope: x.r.Form.Get("scope"),
	})
}

// refresh rotates: the answer has a new refresh token, and the old one is dead from
// then on. Whoever uses a dead one ends the whole session: it may have been stolen.
func (x *exchange) refresh(client, token string) error {
	id := secretID(token)
	next, digest := newSecret(id)
	reused := false
	s := x.server
	err := s.change(func() ([]record, error) {
		held := s.tree.grants[id]
		if held.Kind != grantSession || held.Client != client {
			return nil, errReused
		}
		if reused = !sameSecret(secretDigest(token), held.Digest); reused {
			return []record{{Op: opGrant, Grant: &grantRecord{ID: id}}}, nil
		}
		return []record{{Op: opGrant, Grant: &grantRecord{ID: id, Kind: grantSession, Client: client, Digest: digest}}}, nil
	}, nil)
	switch {
	case reused, errors.Is(err, errReused):
		return x.refuseToken(http.StatusBadRequest, "invalid_grant", "Token is not active")
	case err != nil:
		return err
	}
	return x.grant(id, next)
}
