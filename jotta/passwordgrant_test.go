package jotta

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	registerRequest    = "POST /auth/v1/register"
	legacyTokenRequest = "POST /auth/v1/token"
	registered         = `{"client_id":"c1","client_secret":"cs1"}`
)

func newPasswordLogin(t *testing.T, s *script, store SessionStore) *PasswordLogin {
	t.Helper()
	p, err := NewPasswordLogin(store, Credentials{Username: "me@example.org", Password: "pw"}, loginOptions(s, newClock()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasswordGrant(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(registerRequest, answer(200, registered))
	s.on(legacyTokenRequest, answer(200, fmt.Sprintf(granted, 1)), answer(200, fmt.Sprintf(granted, 2)))
	store := newMemory()
	p := newPasswordLogin(t, s, store)
	wantAccess(t, p, "access-1")
	kept, _ := store.Load()
	kept.Expires = noon
	store.session = &kept
	wantAccess(t, newPasswordLogin(t, s, store), "access-2")

	want := []url.Values{
		{"grant_type": {"PASSWORD"}, "client_id": {"c1"}, "client_secret": {"cs1"}, "username": {"me@example.org"}, "password": {"pw"}},
		{"grant_type": {"REFRESH_TOKEN"}, "client_id": {"c1"}, "client_secret": {"cs1"}, "refresh_token": {"refresh-1"}},
	}
	var got []url.Values
	for _, r := range s.seen(legacyTokenRequest) {
		form, _ := url.ParseQuery(r.body)
		got = append(got, form)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	if form, _ := url.ParseQuery(s.seen(registerRequest)[0].body); len(form.Get("device_id")) < 20 {
		t.Errorf("registered with %v", form)
	}
}

// A password can be sent again, so the end of a session is no trouble.
func TestPasswordMakesANewSession(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(registerRequest, answer(200, registered))
	s.on(legacyTokenRequest, answer(200, fmt.Sprintf(granted, 1)))
	for _, state := range []SessionState{SessionDead, SessionSent} {
		session := keptSession(s)
		session.State = state
		wantAccess(t, newPasswordLogin(t, s, newMemory(session)), "access-1")
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(registerRequest, answer(200, registered))
	s.on(legacyTokenRequest, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-JottaCloud-OTP") != "123456" {
			answer(401, "", "X-JottaCloud-OTP: required; SMS")(w, r)
			return
		}
		answer(200, fmt.Sprintf(granted, 1))(w, r)
	})
	p := newPasswordLogin(t, s, newMemory())
	if _, err := accessToken(t, p); !errors.Is(err, ErrOTPRequired) || !errors.Is(err, ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	if err := p.SignInAnew(t.Context(), ""); !errors.Is(err, ErrOTPRequired) {
		t.Errorf("got %v", err)
	}
	if err := p.SignInAnew(t.Context(), "123456"); err != nil {
		t.Errorf("got %v", err)
	}
	wantAccess(t, p, "access-1")
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401} {
		s := newScript(t)
		s.on(registerRequest, answer(200, registered))
		s.on(legacyTokenRequest, answer(status, `{"error":"invalid_grant","error_description":"pw is wrong"}`))
		store := newMemory()
		if _, err := accessToken(t, newPasswordLogin(t, s, store)); !errors.Is(err, ErrUnauthorized) || store.session != nil {
			t.Errorf("got %v, kept %v", err, store.session)
		}
	}
}

// A server that knows no tokens gets HTTP Basic; the account's name is then the login.
func TestServerThatSpeaksOnlyBasic(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 405, 501} {
		s := newScript(t)
		s.on(registerRequest, answer(status, ""))
		s.on("GET /jfs/me%40example.org", answerFile(t, "user.xml"))
		c, _ := newTestClient(t, s, func(o *Options) { o.Authorizer = newPasswordLogin(t, s, newMemory()) })
		for range 2 {
			if _, err := c.Account(t.Context()); err != nil {
				t.Errorf("%d: %v", status, err)
			}
		}
		for _, r := range s.seen("GET /jfs/me%40example.org") {
			if user, password, ok := r.BasicAuth(); !ok || user != "me@example.org" || password != "pw" {
				t.Errorf("signed in as %q, %q, %v", user, password, ok)
			}
		}
		if n := len(s.seen(registerRequest)); n != 1 {
			t.Errorf("asked for tokens %d times", n)
		}
	}
}

// A server that is down is not taken for one that knows no tokens.
func TestServerThatIsDown(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(registerRequest, answer(503, ""))
	p := newPasswordLogin(t, s, newMemory())
	if _, err := accessToken(t, p); !errors.Is(err, ErrUnavailable) || p.basic.Load() {
		t.Errorf("got %v", err)
	}
}
