package jotta

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// Whatever goes wrong with a sign-in, and whatever a host that signs in repeats of
// what it was sent, no secret shows in an error or at the highest log level.
func TestSecretsOfASignInStayHidden(t *testing.T) {
	t.Parallel()
	log := new(bytes.Buffer)
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	echo := func(status int, form string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { answer(status, form)(w, r) }
	}
	const long = "canary-secret-that-is-longer-than-what-is-shown-of-an-answer"
	secret := long + strings.Repeat("-and-longer", 40)
	misfortunes := map[string]http.HandlerFunc{
		"reset": reset(`{"access_token":"` + secret), "garbage": answer(200, `{"access_token":`+secret),
		"odd token": answer(200, `{"access_token":"`+long+` x","refresh_token":"`+long+`"}`),
		"echo":      echo(400, `{"error":"invalid_request","error_description":"what is `+secret+`"}`),
		"echo id":   echo(401, `{"error":"`+secret+`"}`), "echo html": echo(403, "<error><message>"+secret+"</message></error>"),
		"echo down": echo(503, `{"message":"`+secret+`"}`), "expired": answer(400, `{"error":"invalid_grant"}`),
		"redirect": answer(302, "", "Location: https://elsewhere.example/?t="+long), "fine": answer(200, `{"access_token":"`+long+`","refresh_token":"`+long+`"}`),
	}
	var shown strings.Builder
	for name, misfortune := range misfortunes {
		s := newScript(t)
		s.on(wellKnownRequest, answer(200, `{"token_endpoint":"`+s.URL+`/token"}`))
		s.on(tokenRequest, misfortune)
		s.on(registerRequest, answer(200, `{"client_id":"c1","client_secret":"`+secret+`"}`))
		s.on(legacyTokenRequest, misfortune)
		o := loginOptions(s, newClock())
		o.Logger = logger
		session := keptSession(s)
		session.RefreshToken = Secret(secret)
		token, _ := ParseLoginToken(encodeToken(map[string]string{
			"username": "u1", "realm": "r", "well_known_link": s.URL + "/well-known", "auth_token": secret,
		}))
		kept, err := NewLogin(newMemory(session), o)
		fresh, err2 := NewTokenLogin(newMemory(), token, o)
		password, err3 := NewPasswordLogin(newMemory(), Credentials{Username: "me", Password: Secret(secret)}, o)
		if err != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err2, err3)
		}
		for _, login := range []Refresher{kept, fresh, password} {
			_, err := accessToken(t, login)
			if (err == nil) != (name == "fine") {
				t.Errorf("%s: %v", name, err)
			}
			fmt.Fprintf(&shown, "%s: %v %+v %#v\n", name, err, err, err)
			fmt.Fprintf(&shown, "%v %+v %#v %s %v\n", login, login, login, login, token)
			logger.Debug("state", "login", login, "session", session, "token", token)
		}
	}
	all := shown.String() + log.String()
	if i := strings.Index(all, "canary"); i >= 0 {
		t.Errorf("a secret shows: …%s", all[max(0, i-300):min(len(all), i+60)])
	}
	if !strings.Contains(log.String(), "level=DEBUG") {
		t.Error("nothing was logged at debug level")
	}
}
