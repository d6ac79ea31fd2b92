package jotta

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// brandServer is an emulator that is reached as a brand's own host is: over TLS.
func brandServer(t *testing.T) (*httptest.Server, *emulator.Server, Brand) {
	t.Helper()
	cloud, err := emulator.Open(emulator.Options{Directory: t.TempDir(), Username: "u1", AutoApprove: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(cloud)
	t.Cleanup(func() {
		s.Close()
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	host := strings.TrimPrefix(s.URL, "https://")
	return s, cloud, Brand{Name: "test", Title: "Test Cloud", Domain: host, Realm: "test", Client: "desktop"}
}

func browserLogin(t *testing.T, s *httptest.Server, store SessionStore) *Login {
	t.Helper()
	l, err := NewLogin(store, LoginOptions{
		AllowedHosts: []string{strings.TrimPrefix(s.URL, "https://")}, Transport: s.Client().Transport, Clock: newClock(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// browse opens an address as a browser does, and returns what it shows in the end.
func browse(t *testing.T, s *httptest.Server, address string) string {
	t.Helper()
	resp, err := s.Client().Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSignInWithBrowser(t *testing.T) {
	t.Parallel()
	s, cloud, brand := brandServer(t)
	store := newMemory()
	l := browserLogin(t, s, store)
	err := l.SignInWithBrowser(t.Context(), brand, BrowserOptions{Show: func(address string) error {
		page, _ := url.Parse(address)
		query := page.Query()
		if query.Get("scope") != "openid jotta-default offline_access" || query.Get("code_challenge_method") != "S256" ||
			len(query.Get("code_challenge")) != 43 || len(query.Get("state")) < 20 || query.Get("client_id") != "desktop" {
			t.Errorf("the page is asked for %v", query)
		}
		if got := browse(t, s, address); !strings.Contains(got, "You are signed in") {
			t.Errorf("the browser shows %q", got)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Load()
	if err != nil || kept.State != SessionLive || kept.RefreshToken == "" || kept.ClientID != "desktop" {
		t.Errorf("kept %#v, %v", kept, err)
	}
	if token, err := accessToken(t, l); err != nil || token != kept.AccessToken.Reveal() {
		t.Errorf("signed in with another token: %v", err)
	}
	var routes []string
	for _, r := range cloud.Requests() {
		routes = append(routes, r.Route)
	}
	if diff := cmp.Diff([]string{"wellKnown", "authorize", "token"}, routes); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// Only the page that was shown can send the browser back, and only once.
func TestRedirectThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	s, _, brand := brandServer(t)
	l := browserLogin(t, s, newMemory())
	err := l.SignInWithBrowser(t.Context(), brand, BrowserOptions{Show: func(address string) error {
		page, _ := url.Parse(address)
		back := strings.Replace(page.Query().Get("redirect_uri"), "localhost", "127.0.0.1", 1)
		for _, forged := range []string{"", "?code=forged", "?code=forged&state=", "?code=forged&state=" + page.Query().Get("state")[1:], "other?code=x"} {
			if got := browse(t, s, back+forged); !strings.Contains(got, "404") {
				t.Errorf("%q: the browser shows %q", forged, got)
			}
		}
		browse(t, s, address)
		return nil
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestBrowserIsRefused(t *testing.T) {
	t.Parallel()
	s, _, brand := brandServer(t)
	store := newMemory()
	l := browserLogin(t, s, store)
	err := l.SignInWithBrowser(t.Context(), brand, BrowserOptions{Show: func(address string) error {
		page, _ := url.Parse(address)
		back := page.Query().Get("redirect_uri") + "?error=access_denied&error_description=no%0Athanks&state=" + page.Query().Get("state")
		if got := browse(t, s, back); !strings.Contains(got, "refused") {
			t.Errorf("the browser shows %q", got)
		}
		return nil
	}})
	if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "access_denied no\uFFFDthanks") || store.session != nil {
		t.Errorf("got %v", err)
	}
}

func TestBrowserNeverComes(t *testing.T) {
	t.Parallel()
	s, _, brand := brandServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	l := browserLogin(t, s, newMemory())
	err := l.SignInWithBrowser(ctx, brand, BrowserOptions{Show: func(string) error { cancel(); return nil }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// No page is shown where what comes of it could not be kept.
func TestBrowserWithoutAStore(t *testing.T) {
	t.Parallel()
	s, cloud, brand := brandServer(t)
	store := newMemory()
	store.lockErr = errors.New("read-only file system")
	l := browserLogin(t, s, store)
	err := l.SignInWithBrowser(t.Context(), brand, BrowserOptions{Show: func(string) error { t.Error("shown"); return nil }})
	if !errors.Is(err, store.lockErr) || len(cloud.Requests()) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestAuthorizationEndpointIsChecked(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(200, `{"token_endpoint":"https://`+r.Host+`/token","authorization_endpoint":"https://example.org/"}`)(w, r)
	}))
	t.Cleanup(s.Close)
	l := browserLogin(t, s, newMemory())
	brand := Brand{Domain: strings.TrimPrefix(s.URL, "https://"), Realm: "test"}
	err := l.SignInWithBrowser(t.Context(), brand, BrowserOptions{Show: func(string) error { t.Error("shown"); return nil }})
	if !errors.Is(err, ErrHostNotAllowed) {
		t.Errorf("got %v", err)
	}
}

func TestBrands(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, brand := range Brands() {
		if seen[brand.Name] || seen[brand.Domain] || brand.Title == "" {
			t.Errorf("%+v", brand)
		}
		seen[brand.Name], seen[brand.Domain] = true, true
		if found, ok := FindBrand(brand.Name); !ok || found != brand {
			t.Errorf("FindBrand(%q) = %+v, %v", brand.Name, found, ok)
		}
		if !isOwn(brand.Domain) || isOwn("x"+brand.Domain) && !strings.HasSuffix(brand.Domain, ".jottacloud.com") && brand.Domain != "letsgo.jotta.cloud" {
			t.Errorf("the host of %s, or one that looks like it, is judged wrongly", brand.Name)
		}
	}
	if _, ok := FindBrand("custom"); ok {
		t.Error("custom is taken for a brand")
	}
	telia, _ := FindBrand("telia_se")
	if got := telia.wellKnown(); got != "https://cloud-auth.telia.se/auth/realms/telia_se/.well-known/openid-configuration" {
		t.Errorf("got %s", got)
	}
	letsgo, _ := FindBrand("letsgo")
	if letsgo.scopes() != "openid offline_access" || telia.scopes() != "openid jotta-default offline_access" {
		t.Errorf("scopes %q, %q", letsgo.scopes(), telia.scopes())
	}
}
