package jotta

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func tokenFor(t *testing.T, wellKnown string) LoginToken {
	t.Helper()
	token, ok := ParseLoginToken(encodeToken(map[string]string{
		"username": "u1", "realm": "jottacloud", "well_known_link": wellKnown, "auth_token": "once",
	}))
	if !ok {
		t.Fatal("not a login token")
	}
	return token
}

func newTokenLogin(t *testing.T, s *script, store SessionStore) *Login {
	t.Helper()
	l, err := NewTokenLogin(store, tokenFor(t, s.URL+"/well-known"), loginOptions(s, newClock()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParseLoginToken(t *testing.T) {
	t.Parallel()
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	whole := `{"username":"u1","realm":"jottacloud","well_known_link":"https://id.jottacloud.com/x","auth_token":"~~once~~?"}`
	token, ok := ParseLoginToken(Secret(encode(whole)))
	if !ok || token.Username != "u1" || token.Realm != "jottacloud" || token.auth.Reveal() != "~~once~~?" || len(token.Digest) != 32 {
		t.Fatalf("got %+v, %v", token, ok)
	}
	for _, same := range []string{" " + encode(whole) + "\n", encode(whole) + "=", encode(whole) + "==\r\n"} {
		if got, ok := ParseLoginToken(Secret(same)); !ok || got != token {
			t.Errorf("%q: got %+v, %v", same, got, ok)
		}
	}
	if strings.Contains(encode(whole), token.Digest) || strings.Contains(fmt.Sprintf("%+v", token), "once") {
		t.Errorf("%+v gives the token away", token)
	}
	for _, other := range []string{
		"", "correct horse", "eyJ", encode(whole)[:40], encode(`{"username":"u1"}`), encode(`["username"]`), encode("null"),
		encode(strings.Replace(whole, "auth_token", "token", 1)), encode(strings.Replace(whole, `"u1"`, "1", 1)), whole,
	} {
		if got, ok := ParseLoginToken(Secret(other)); ok {
			t.Errorf("%q is taken for the token %+v", other, got)
		}
	}
}

func FuzzParseLoginToken(f *testing.F) {
	f.Add("eyJ1c2VybmFtZSI6InUxIn0")
	f.Add(encodeToken(map[string]string{"username": "u", "realm": "r", "well_known_link": "w", "auth_token": "a"}).Reveal())
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := ParseLoginToken(Secret(text))
		if ok != (token != LoginToken{}) {
			t.Errorf("%q: %+v, %v", text, token, ok)
		}
		if padded, okPadded := ParseLoginToken(Secret("\t" + text + "\n")); okPadded != ok || padded != token {
			t.Errorf("%q: space around it matters", text)
		}
	})
}

func TestLoginTokenIsExchangedOnce(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(wellKnownRequest, answer(200, `{"token_endpoint":"`+s.URL+`/token"}`))
	store := newMemory()
	s.on(tokenRequest, func(w http.ResponseWriter, r *http.Request) {
		if got := store.state(); got != SessionSent {
			t.Errorf("the store says %q when the token arrives", got)
		}
		answer(200, fmt.Sprintf(granted, 1))(w, r)
	})
	for range 3 { // as many processes
		wantAccess(t, newTokenLogin(t, s, store), "access-1")
	}
	sent := s.seen(tokenRequest)
	if len(sent) != 1 {
		t.Fatalf("the token was sent %d times", len(sent))
	}
	form, _ := url.ParseQuery(sent[0].body)
	want := url.Values{
		"client_id": {"jottacli"}, "grant_type": {"password"}, "scope": {"openid offline_access"}, "username": {"u1"}, "password": {"once"},
	}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("the form (-want +got):\n%s", diff)
	}
}

// A token that was sent, and whose answer is not kept, is not sent again, whatever
// ended the first try: not even the end of the process.
func TestLoginTokenWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, misfortune := range map[string]http.HandlerFunc{
		"reset":   reset(""),
		"refused": answer(401, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`),
	} {
		s := newScript(t)
		s.on(wellKnownRequest, answer(200, `{"token_endpoint":"`+s.URL+`/token"}`))
		s.on(tokenRequest, misfortune)
		store := newMemory()
		for range 3 {
			if _, err := accessToken(t, newTokenLogin(t, s, store)); !errors.Is(err, ErrTokenUsed) || !errors.Is(err, ErrUnauthorized) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if n := len(s.seen(tokenRequest)); n != 1 {
			t.Errorf("%s: the token was sent %d times", name, n)
		}
	}
	s := newScript(t)
	if _, err := accessToken(t, newTokenLogin(t, s, newMemory(Session{State: SessionSent}))); !errors.Is(err, ErrTokenUsed) || len(s.requests) > 0 {
		t.Errorf("after a crash: %v, %d requests", err, len(s.requests))
	}
}

// Network trouble before the token has left, or a service that is down, costs no token.
func TestLoginTokenIsKeptForLater(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(wellKnownRequest, reset(""), answer(503, ""), answer(200, `{"token_endpoint":"`+s.URL+`/token"}`))
	s.on(tokenRequest, answer(503, ""), answer(200, fmt.Sprintf(granted, 1)))
	store := newMemory()
	for range 3 {
		if _, err := accessToken(t, newTokenLogin(t, s, store)); !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if _, err := store.Load(); !errors.Is(err, ErrNoSession) {
			t.Errorf("the store holds something: %v", err)
		}
	}
	wantAccess(t, newTokenLogin(t, s, store), "access-1")
}

// A login token is not sent before its session could be kept.
func TestLoginTokenNeedsAStore(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	store := newMemory()
	store.lockErr = errors.New("read-only file system")
	if _, err := accessToken(t, newTokenLogin(t, s, store)); !errors.Is(err, store.lockErr) || len(s.requests) > 0 {
		t.Errorf("got %v after %d requests", err, len(s.requests))
	}
}

// A login token, and the document it names, lead to hosts that are known or allowed.
func TestLoginTokenGoesToKnownHostsOnly(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	documents := map[string]string{
		"/foreign": `{"token_endpoint":"https://id.jottacloud.com.example.org/token"}`,
		"/open":    `{"token_endpoint":"http://id.jottacloud.com/token"}`,
		"/user":    `{"token_endpoint":"https://id.jottacloud.com@example.org/token"}`,
		"/file":    `{"token_endpoint":"file:///etc/passwd"}`,
	}
	links := []string{"https://example.org/x", "http://id.jottacloud.com/x", "https://id.jottacloud.com:8443/x",
		"https://u@id.jottacloud.com/x", "ftp://id.jottacloud.com/", "//id.jottacloud.com/", "http://127.0.0.1:1/x", "https://jottacloud.com.example.org"}
	for path, text := range documents {
		s.on("GET "+path, answer(200, text))
		links = append(links, s.URL+path)
	}
	s.on("GET /elsewhere", answer(302, "", "Location: https://example.org/"))
	for _, link := range links {
		l, err := NewTokenLogin(newMemory(), tokenFor(t, link), loginOptions(s, newClock()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := accessToken(t, l); !errors.Is(err, ErrHostNotAllowed) {
			t.Errorf("%s: got %v", link, err)
		}
	}
	l, err := NewTokenLogin(newMemory(), tokenFor(t, s.URL+"/elsewhere"), loginOptions(s, newClock()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accessToken(t, l); !errors.Is(err, ErrUnauthorized) && !errors.Is(err, ErrRefusedRedirect) {
		t.Errorf("redirect: got %v", err)
	}
	if n := len(s.seen(tokenRequest)); n != 0 {
		t.Errorf("a token was sent %d times", n)
	}
}

func TestAllowedHostsMaySeeALogin(t *testing.T) {
	t.Parallel()
	var asked []string
	o := LoginOptions{AllowedHosts: []string{"id.example.org"}, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Host)
		return nil, errors.New("no route to host")
	})}
	hosts := []string{"id.example.org", "id.jottacloud.com", "cloud-auth.telia.se", "letsgo.jotta.cloud"}
	for _, host := range hosts {
		l, err := NewTokenLogin(newMemory(), tokenFor(t, "https://"+host+"/x"), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := accessToken(t, l); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: got %v", host, err)
		}
	}
	if diff := cmp.Diff(hosts, asked); diff != "" {
		t.Errorf("hosts asked (-want +got):\n%s", diff)
	}
}

// The well-known document of a session that somebody has tampered with does not help:
// the token endpoint is checked each time.
func TestTokenEndpointOfASessionIsChecked(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	session := keptSession(s)
	session.TokenEndpoint = "https://example.org/token"
	store := newMemory(session)
	l, _ := newKeptLogin(t, s, store)
	if _, err := accessToken(t, l); !errors.Is(err, ErrHostNotAllowed) || store.state() != SessionLive {
		t.Errorf("got %v, the session is %q", err, store.state())
	}
}
