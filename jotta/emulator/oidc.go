package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// realmPrefix begins the OpenID Connect addresses: /auth/realms/<realm>/... Every realm
// is served alike, so that any brand's client finds its own.
const realmPrefix = "/auth/realms/"

// codeLifetime is how long an authorization code waits to be redeemed.
const codeLifetime = time.Minute

// code is an authorization that travels through a browser.
type code struct {
	client    string
	redirect  string
	challenge string // PKCE, S256; empty: the client did not ask for it
	expires   time.Time
}

// findRealm dispatches below /auth/realms/<realm>/.
func findRealm(method, rest string) route {
	_, what, _ := strings.Cut(rest, "/")
	switch what {
	case ".well-known/openid-configuration":
		return only(method, "GET", route{name: "wellKnown", run: (*exchange).wellKnown, open: true})
	case "protocol/openid-connect/auth":
		return only(method, "GET", route{name: "authorize", run: (*exchange).authorize, open: true, quiet: true})
	case "protocol/openid-connect/token":
		return only(method, "POST", route{name: "token", run: (*exchange).grantToken, open: true, quiet: true})
	case "protocol/openid-connect/logout":
		return only(method, "POST", route{name: "logout", run: (*exchange).logout, open: true, quiet: true})
	case "protocol/openid-connect/userinfo":
		return only(method, "GET", route{name: "userinfo", run: (*exchange).userInfo})
	}
	return route{name: "unknown", run: refuseUnknown, open: true, quiet: true}
}

func (x *exchange) wellKnown() error {
	realm, _, _ := strings.Cut(strings.TrimPrefix(x.r.URL.Path, realmPrefix), "/")
	issuer := x.baseURL() + realmPrefix + url.PathEscape(realm)
	endpoints := issuer + "/protocol/openid-connect"
	return x.sendJSON(http.StatusOK, map[string]any{
		"issuer":                           issuer,
		"authorization_endpoint":           endpoints + "/auth",
		"token_endpoint":                   endpoints + "/token",
		"userinfo_endpoint":                endpoints + "/userinfo",
		"end_session_endpoint":             endpoints + "/logout",
		"grant_types_supported":            []string{"authorization_code", "refresh_token", "password"},
		"response_types_supported":         []string{"code"},
		"scopes_supported":                 []string{"openid", "offline_access", "jotta-default"},
		"code_challenge_methods_supported": []string{"S256"},
	})
}

// authorize is where a browser is sent to sign in. The emulator's login page is the
// browser's own question for user name and password, unless AutoApprove is set. The
// code goes to loopback only.
func (x *exchange) authorize() error {
	query := x.query
	redirect, err := loopbackURL(query.Get("redirect_uri"))
	if err != nil {
		return invalid("redirect_uri %q does not lead to loopback", query.Get("redirect_uri"))
	}
	challenge := query.Get("code_challenge")
	switch {
	case query.Get("response_type") != "code" || query.Get("client_id") == "":
		return invalid("response_type code and client_id are required")
	case challenge != "" && query.Get("code_challenge_method") != "S256":
		return invalid("code_challenge_method S256 is required")
	case !x.server.options.AutoApprove && !x.server.authenticate(x.r).own:
		return refuse(http.StatusUnauthorized, idBadCredentials, "sign in with the emulator's user name and password")
	}
	secret := randomToken()
	now := x.server.options.Now()
	x.server.codes.keep(secret, code{
		client: query.Get("client_id"), redirect: query.Get("redirect_uri"), challenge: challenge,
		expires: now.Add(codeLifetime),
	}, now)
	answer := redirect.Query()
	answer.Set("code", secret)
	if state := query.Get("state"); state != "" {
		answer.Set("state", state)
	}
	redirect.RawQuery = answer.Encode()
	x.w.Header().Set("Location", redirect.String())
	x.send(http.StatusFound, "text/plain", nil)
	return nil
}

var errNotLoopback = errors.New("not a loopback address")

func loopbackURL(text string) (*url.URL, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	ip, _ := netip.ParseAddr(parsed.Hostname())
	if parsed.Scheme != "http" || parsed.User != nil || !ip.IsLoopback() && parsed.Hostname() != "localhost" {
		return nil, errNotLoopback
	}
	return parsed, nil
}

// codes are the authorizations on their way, by the digest of the code. A restart loses
// them: nobody waits that long.
type codes struct {
	mu   sync.Mutex
	held map[string]code
}

func newCodes() *codes { return &codes{held: map[string]code{}} }

func (c *codes) keep(secret string, held code, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.held, func(_ string, old code) bool { return now.After(old.expires) })
	c.held[secretDigest(secret)] = held
}

// take returns a code's authorization. It can be taken once.
func (c *codes) take(secret string) code {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[secretDigest(secret)]
	delete(c.held, secretDigest(secret))
	return held
}

func (x *exchange) redeemCode(client string) error {
	form := x.r.Form
	held := x.server.codes.take(form.Get("code"))
	verifier := sha256.Sum256([]byte(form.Get("code_verifier")))
	proven := held.challenge == "" || sameSecret(base64.RawURLEncoding.EncodeToString(verifier[:]), held.challenge)
	right := held.client != "" && held.client == client && held.redirect == form.Get("redirect_uri") &&
		x.server.options.Now().Before(held.expires)
	if !right || !proven {
		return x.refuseToken(http.StatusBadRequest, "invalid_grant", "Code not valid")
	}
	return x.startSession(client, func(*tree) ([]record, bool) { return nil, true })
}

// logout ends the session of a refresh token.
func (x *exchange) logout() error {
	if err := x.form(); err != nil {
		return err
	}
	token := x.r.Form.Get("refresh_token")
	id := secretID(token)
	err := x.server.change(func() ([]record, error) {
		held := x.server.tree.grants[id]
		if held.Kind != grantSession || !sameSecret(secretDigest(token), held.Digest) {
			return nil, nil
		}
		return []record{{Op: opGrant, Grant: &grantRecord{ID: id}}}, nil
	}, nil)
	if err == nil {
		x.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (x *exchange) userInfo() error {
	name := x.server.options.Username
	return x.sendJSON(http.StatusOK, map[string]string{"sub": name, "preferred_username": name})
}

// loginToken is what a personal login token holds, as base64url without padding.
type loginToken struct {
	Username      string `json:"username"`
	Realm         string `json:"realm"`
	WellKnownLink string `json:"well_known_link"`
	AuthToken     string `json:"auth_token"`
}

// NewLoginToken mints a personal login token, as the web page of the service does. It
// works once. The server must have been started, or SetURL called.
func (s *Server) NewLoginToken() (string, error) {
	base, _ := s.url.Load().(string)
	if base == "" {
		return "", errors.New("mint login token: the server's URL is not known")
	}
	return s.mintLoginToken(base)
}

// SetURL tells the server where it can be reached, if Start did not.
func (s *Server) SetURL(base string) { s.url.Store(strings.TrimSuffix(base, "/")) }

func (s *Server) mintLoginToken(base string) (string, error) {
	id := randomID()
	secret, digest := newSecret(id)
	err := s.change(func() ([]record, error) {
		return []record{{Op: opGrant, Grant: &grantRecord{ID: id, Kind: grantLogin, Digest: digest}}}, nil
	}, nil)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(loginToken{
		Username: s.options.Username, Realm: "jottacloud", AuthToken: secret,
		WellKnownLink: base + realmPrefix + "jottacloud/.well-known/openid-configuration",
	})
	return base64.RawURLEncoding.EncodeToString(body), err
}
