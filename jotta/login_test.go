package jotta

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/conc/pool"
)

const (
	tokenRequest     = "POST /token"
	wellKnownRequest = "GET /well-known"
	granted          = `{"access_token":"access-%[1]d","refresh_token":"refresh-%[1]d","expires_in":3600}`
)

// memory is a store as a test wants it: kept nowhere, and broken where told.
type memory struct {
	mu       sync.Mutex
	session  *Session
	locked   chan struct{}
	lockErr  error
	saveErrs []error // of the next saves
	saves    []SessionState
}

func newMemory(s ...Session) *memory {
	m := &memory{locked: make(chan struct{}, 1)}
	if len(s) > 0 {
		m.session = &s[0]
	}
	return m
}

func (m *memory) Load() (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session == nil {
		return Session{}, ErrNoSession
	}
	return *m.session, nil
}

func (m *memory) Save(s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.locked) == 0 {
		return errors.New("saved without the lock")
	}
	m.saves = append(m.saves, s.State)
	if len(m.saveErrs) > 0 {
		err := m.saveErrs[0]
		m.saveErrs = m.saveErrs[1:]
		if err != nil {
			return err
		}
	}
	m.session = &s
	return nil
}

func (m *memory) Remove() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = nil
	return nil
}

func (m *memory) Lock(ctx context.Context) (func() error, error) {
	if m.lockErr != nil {
		return nil, m.lockErr
	}
	select {
	case m.locked <- struct{}{}:
		return func() error { <-m.locked; return nil }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (m *memory) state() SessionState {
	s, _ := m.Load()
	return s.State
}

// movingClock shows the time that it was set to.
type movingClock struct {
	fakeClock
	mu  sync.Mutex
	now time.Time
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func newClock() *movingClock { return &movingClock{now: noon} }

func (c *movingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movingClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// keptSession has an access token that ended an hour ago.
func keptSession(s *script) Session {
	return Session{
		State: SessionLive, TokenEndpoint: s.URL + "/token", ClientID: "jottacli",
		AccessToken: "access-0", RefreshToken: "refresh-0", RenewAfter: noon.Add(-2 * time.Hour), Expires: noon.Add(-time.Hour),
	}
}

func loginOptions(s *script, clock Clock) LoginOptions {
	return LoginOptions{Endpoints: Endpoints{JFS: s.URL, API: s.URL, Upload: s.URL, Token: s.URL}, Clock: clock}
}

func newKeptLogin(t *testing.T, s *script, store SessionStore) (*Login, *movingClock) {
	t.Helper()
	clock := newClock()
	l, err := NewLogin(store, loginOptions(s, clock))
	if err != nil {
		t.Fatal(err)
	}
	return l, clock
}

// sentTokens are the refresh tokens that the script has seen, in order.
func sentTokens(t *testing.T, s *script) []string {
	t.Helper()
	var tokens []string
	for _, r := range s.seen(tokenRequest) {
		form, err := url.ParseQuery(r.body)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, form.Get("refresh_token"))
	}
	return tokens
}

func accessToken(t *testing.T, l Authorizer) (string, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "https://jfs.jottacloud.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = l.Authorize(t.Context(), req)
	return strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "), err
}

func wantAccess(t *testing.T, l Authorizer, want string) {
	t.Helper()
	if got, err := accessToken(t, l); err != nil || got != want {
		t.Errorf("signed in with %q, %v; want %q", got, err, want)
	}
}

// Of a renewal everything is durable before it is of use: that the old token was sent,
// before it is; the new one, before anybody gets it.
func TestRenewalIsRecordedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	store := newMemory(keptSession(s))
	s.on(tokenRequest, func(w http.ResponseWriter, r *http.Request) {
		if got := store.state(); got != SessionSent {
			t.Errorf("the store says %q when the token arrives", got)
		}
		answer(200, fmt.Sprintf(granted, 1))(w, r)
	})
	l, _ := newKeptLogin(t, s, store)
	wantAccess(t, l, "access-1")
	wantAccess(t, l, "access-1")
	if diff := cmp.Diff([]string{"refresh-0"}, sentTokens(t, s)); diff != "" {
		t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
	}
	want := Session{
		State: SessionLive, TokenEndpoint: s.URL + "/token", ClientID: "jottacli", AccessToken: "access-1", RefreshToken: "refresh-1",
		RenewAfter: noon.Add(55 * time.Minute), Expires: noon.Add(time.Hour),
	}
	if got, err := store.Load(); err != nil || got != want {
		t.Errorf("the store holds %#v, %v", got, err)
	}
	sent := s.seen(tokenRequest)[0]
	if got := sent.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
		t.Errorf("Content-Type %q", got)
	}
	if want := "client_id=jottacli&grant_type=refresh_token&refresh_token=refresh-0"; sent.body != want {
		t.Errorf("sent %s, want %s", sent.body, want)
	}
}

// A refresh token is never sent again once nobody knows what became of it.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for name, misfortune := range map[string]http.HandlerFunc{
		"reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"torn":  reset(`{"access_token":"acc`), "no JSON": answer(200, "<html>"), "no token": answer(200, "{}"),
		"odd token": answer(200, `{"access_token":"a b","refresh_token":"r","expires_in":1}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(tokenRequest, misfortune, answer(200, fmt.Sprintf(granted, 1)))
			store := newMemory(keptSession(s))
			l, _ := newKeptLogin(t, s, store)
			for range 3 {
				_, err := accessToken(t, l)
				if !errors.Is(err, ErrLoginLost) || !errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			}
			another, _ := newKeptLogin(t, s, store)
			if _, err := accessToken(t, another); !errors.Is(err, ErrLoginLost) {
				t.Errorf("the next process got %v", err)
			}
			if n := len(s.seen(tokenRequest)); n != 1 {
				t.Errorf("the token was sent %d times", n)
			}
		})
	}
}

// An answer that grants nothing leaves the login as it was.
func TestRefusedForNow(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 502, 503, 504} {
		s := newScript(t)
		s.on(tokenRequest, answer(status, "<html>later</html>", "Retry-After: 7"), answer(200, fmt.Sprintf(granted, 1)))
		store := newMemory(keptSession(s))
		l, _ := newKeptLogin(t, s, store)
		if _, err := accessToken(t, l); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnauthorized) || !isTemporary(err) {
			t.Errorf("%d: got %v", status, err)
		}
		if got := store.state(); got != SessionLive {
			t.Errorf("%d: the session is %q", status, got)
		}
		wantAccess(t, l, "access-1")
	}
}

// Where there is no connection nothing was sent, and nothing is lost.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	store := newMemory(keptSession(s))
	s.Server.Close()
	l, _ := newKeptLogin(t, s, store)
	if _, err := accessToken(t, l); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	if got, _ := store.Load(); got != keptSession(s) || len(store.saves) > 0 {
		t.Errorf("the store holds %#v after saves %v", got, store.saves)
	}
}

func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, answer(400, `{"error":"invalid_grant","error_description":"Token is not active"}`))
	store := newMemory(keptSession(s))
	l, _ := newKeptLogin(t, s, store)
	for range 2 {
		_, err := accessToken(t, l)
		if !errors.Is(err, ErrLoginExpired) || !errors.Is(err, ErrUnauthorized) || err.Error() != "login expired or used elsewhere (invalid_grant)" {
			t.Errorf("got %v", err)
		}
	}
	if n := len(s.seen(tokenRequest)); n != 1 || store.state() != SessionDead {
		t.Errorf("sent %d times, the session is %q", n, store.state())
	}
}

// Other refusals end the run, not the login.
func TestRefusedOtherwise(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"client": answer(401, `{"error":"invalid_client"}`), "request": answer(400, `{"error":"invalid_request"}`),
		"proxy": answer(403, "<html>"), "redirect": answer(307, "", "Location: /elsewhere"),
		"found": answer(302, "", "Location: /elsewhere"),
	} {
		s := newScript(t)
		s.on(tokenRequest, refusal)
		store := newMemory(keptSession(s))
		l, _ := newKeptLogin(t, s, store)
		if _, err := accessToken(t, l); !errors.Is(err, ErrUnauthorized) || isTemporary(err) || errors.Is(err, ErrLoginLost) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := store.state(); got != SessionLive {
			t.Errorf("%s: the session is %q", name, got)
		}
		if n := len(s.requests); n != 1 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

// Without a store that can be written nothing is sent.
func TestStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	readOnly := errors.New("read-only file system")
	for name, spoil := range map[string]func(*memory){
		"lock": func(m *memory) { m.lockErr = readOnly },
		"save": func(m *memory) { m.saveErrs = []error{readOnly} },
	} {
		s := newScript(t)
		s.on(tokenRequest, answer(200, fmt.Sprintf(granted, 1)))
		store := newMemory(keptSession(s))
		spoil(store)
		l, _ := newKeptLogin(t, s, store)
		_, err := accessToken(t, l)
		if !errors.Is(err, readOnly) || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%s: got %v", name, err)
		}
		for _, token := range sentTokens(t, s) {
			if token != "" {
				t.Errorf("%s: %q was sent", name, token)
			}
		}
	}
}

// A new token that cannot be kept is not used.
func TestRenewalThatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, answer(200, fmt.Sprintf(granted, 1)))
	store := newMemory(keptSession(s))
	full := errors.New("no space left")
	store.saveErrs = []error{nil, full}
	l, _ := newKeptLogin(t, s, store)
	if token, err := accessToken(t, l); token != "" || !errors.Is(err, full) || !errors.Is(err, ErrLoginLost) {
		t.Errorf("got %q, %v", token, err)
	}
	if _, err := accessToken(t, l); !errors.Is(err, ErrLoginLost) {
		t.Errorf("then got %v", err)
	}
	if n := len(s.seen(tokenRequest)); n != 1 {
		t.Errorf("the token was sent %d times", n)
	}
}

// A run that takes longer than an access token lives renews it ahead of its end; what
// goes wrong with that is no trouble while the old one works.
func TestRenewalAheadOfTheEnd(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, answer(200, fmt.Sprintf(granted, 1)), answer(503, ""), answer(503, ""), answer(200, fmt.Sprintf(granted, 2)))
	l, clock := newKeptLogin(t, s, newMemory(keptSession(s)))
	wantAccess(t, l, "access-1")
	clock.advance(54 * time.Minute)
	wantAccess(t, l, "access-1")
	if n := len(s.seen(tokenRequest)); n != 1 {
		t.Errorf("renewed %d times, too early", n)
	}
	clock.advance(2 * time.Minute)
	wantAccess(t, l, "access-1")
	wantAccess(t, l, "access-1")
	if n := len(s.seen(tokenRequest)); n != 2 {
		t.Errorf("tried %d times, want one try ahead and then a pause", n)
	}
	clock.advance(time.Minute)
	wantAccess(t, l, "access-1")
	clock.advance(time.Minute)
	wantAccess(t, l, "access-2")
	if diff := cmp.Diff([]string{"refresh-0", "refresh-1", "refresh-1", "refresh-1"}, sentTokens(t, s)); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

// A login that is lost ahead of the access token's end lasts until then.
func TestLostAheadOfTheEnd(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, reset(""))
	session := keptSession(s)
	session.Expires = noon.Add(time.Minute)
	l, clock := newKeptLogin(t, s, newMemory(session))
	wantAccess(t, l, "access-0")
	clock.advance(50 * time.Second)
	wantAccess(t, l, "access-0")
	clock.advance(20 * time.Second)
	if _, err := accessToken(t, l); !errors.Is(err, ErrLoginLost) {
		t.Errorf("got %v", err)
	}
	if n := len(s.seen(tokenRequest)); n != 1 {
		t.Errorf("the token was sent %d times", n)
	}
}

// Another process may have renewed the session in the meantime.
func TestSessionRenewedElsewhere(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	store := newMemory(keptSession(s))
	l, clock := newKeptLogin(t, s, store)
	renewed := keptSession(s).granted(tokenAnswer{AccessToken: "elsewhere", RefreshToken: "next"}, clock.Now())
	store.session = &renewed
	wantAccess(t, l, "elsewhere")
	if n := len(s.requests); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestManyGoroutinesShareARenewal(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, answer(200, fmt.Sprintf(granted, 1)))
	l, _ := newKeptLogin(t, s, newMemory(keptSession(s)))
	workers := pool.New()
	for range 20 {
		workers.Go(func() { wantAccess(t, l, "access-1") })
	}
	workers.Wait()
	if n := len(s.seen(tokenRequest)); n != 1 {
		t.Errorf("renewed %d times", n)
	}
}

// Those who wait while a renewal fails do not each try on their own.
func TestManyGoroutinesShareAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		transport := roundTripper(func(*http.Request) (*http.Response, error) {
			tries++
			time.Sleep(time.Minute / 2)
			return nil, errors.New("no route to host")
		})
		store := newMemory(Session{State: SessionLive, TokenEndpoint: "https://id.jottacloud.com/token", RefreshToken: "refresh-0"})
		l, err := NewLogin(store, LoginOptions{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		workers := pool.New()
		for range 20 {
			workers.Go(func() {
				if _, err := accessToken(t, l); !errors.Is(err, ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			})
		}
		workers.Wait()
		if tries != 1 {
			t.Errorf("tried %d times", tries)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A token that was refused is renewed, and only once though many saw the refusal.
func TestRefusedAccessToken(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(tokenRequest, answer(200, fmt.Sprintf(granted, 1)))
	session := keptSession(s)
	session.RenewAfter, session.Expires = noon.Add(time.Hour), noon.Add(2*time.Hour)
	l, _ := newKeptLogin(t, s, newMemory(session))
	wantAccess(t, l, "access-0")
	refused, _ := http.NewRequest(http.MethodGet, "/", nil)
	refused.Header.Set("Authorization", "Bearer access-0")
	for range 3 {
		if err := l.Refresh(t.Context(), refused); err != nil {
			t.Fatal(err)
		}
		wantAccess(t, l, "access-1")
	}
	if n := len(s.seen(tokenRequest)); n != 1 {
		t.Errorf("renewed %d times", n)
	}
}

// The end of a run does not cut off the answer to a token that is on its way.
func TestRenewalOutlivesTheRun(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.on(tokenRequest, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		answer(200, fmt.Sprintf(granted, 1))(w, r)
	})
	store := newMemory(keptSession(s))
	l, _ := newKeptLogin(t, s, store)
	if err := l.SignIn(ctx); err != nil {
		t.Errorf("got %v", err)
	}
	if got, _ := store.Load(); got.RefreshToken != "refresh-1" {
		t.Errorf("the store holds %#v, want the new token", got)
	}
}

func TestRenewalEndsSoonAfterTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		store := newMemory(Session{State: SessionLive, TokenEndpoint: "https://id.jottacloud.com/token", RefreshToken: "refresh-0"})
		l, err := NewLogin(store, LoginOptions{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		if err := l.SignIn(ctx); !errors.Is(err, context.Canceled) || time.Since(started) != signInGrace {
			t.Errorf("got %v after %v", err, time.Since(started))
		}
		if got := store.state(); got != SessionLive {
			t.Errorf("nothing was sent, but the session is %q", got)
		}
	})
}

// A transport that asks for the form after it has given up gets nothing of it.
func TestFormIsNotSentTooLate(t *testing.T) {
	t.Parallel()
	recorded := false
	form := newOnceForm(url.Values{"password": {"once"}}, func() error { recorded = true; return nil })
	if sent, err := form.end(); sent || err != nil {
		t.Errorf("sent %v, %v", sent, err)
	}
	if n, err := form.Read(make([]byte, 100)); n != 0 || err == nil || recorded {
		t.Errorf("read %d bytes, %v, recorded %v", n, err, recorded)
	}
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for expiresIn, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3600"`: time.Hour, `0.5`: time.Second / 2, `1e300`: maxLifetime,
		`0`: usualLifetime, `-1`: usualLifetime, `null`: usualLifetime, `"soon"`: usualLifetime, `{}`: usualLifetime,
	} {
		s := newScript(t)
		s.on(tokenRequest, answer(200, `{"access_token":"a","refresh_token":"r","expires_in":`+expiresIn+`}`))
		store := newMemory(keptSession(s))
		l, _ := newKeptLogin(t, s, store)
		wantAccess(t, l, "a")
		got, _ := store.Load()
		if got.Expires != noon.Add(want) || !got.RenewAfter.Before(got.Expires) || !got.RenewAfter.After(noon) {
			t.Errorf("expires_in %s: until %v, renewed after %v", expiresIn, got.Expires, got.RenewAfter)
		}
	}
}

func TestNoSessionIsKept(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	l, _ := newKeptLogin(t, s, newMemory())
	if _, err := accessToken(t, l); !errors.Is(err, ErrNoSession) || !errors.Is(err, ErrNoCredentials) {
		t.Errorf("got %v", err)
	}
}

func encodeToken(fields map[string]string) Secret {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, fmt.Sprintf("%q:%q", name, fields[name]))
	}
	return Secret(base64.RawURLEncoding.EncodeToString([]byte("{" + strings.Join(parts, ",") + "}")))
}
