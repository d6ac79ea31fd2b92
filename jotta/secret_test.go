package jotta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const canary = "canary-secret"
	s := Secret(canary)
	holder := struct {
		Secret  Secret
		Pointer *Secret
	}{s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%20s"} {
		fmt.Fprintf(&out, verb+verb+"\n", s, holder.Secret)
		fmt.Fprintf(&out, verb+"\n", holder)
	}
	fmt.Fprintln(&out, s, s.String(), s.GoString(), errors.New(fmt.Sprint(s)))
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(asJSON)
	text, _ := s.MarshalText()
	out.Write(text)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", s, "holder", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", s, "holder", holder)
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret shows:\n%s", &out)
	}
	if !strings.Contains(string(asJSON), `"***"`) || s.Reveal() != canary {
		t.Errorf("got %s, revealed %s", asJSON, s.Reveal())
	}
}

// Whatever goes wrong, neither the sign-in nor the upload's address, which is as
// good as one, shows in an error or at the highest log level.
func TestSecretsStayOutOfErrorsAndLogs(t *testing.T) {
	t.Parallel()
	log := new(bytes.Buffer)
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var errs []string
	misfortunes := map[string]http.HandlerFunc{
		"reset": reset("x"), "unavailable": answer(503, ""), "refused": answer(401, "<html>"), "garbage": answer(200, "{"),
		"redirect": answer(302, "", "Location: https://elsewhere.example/?t=x"), "bad location": answer(302, "", "Location: http://[::1"),
		"echo": func(w http.ResponseWriter, r *http.Request) {
			_, password, _ := r.BasicAuth()
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{
				"message":  "no such sign-in: " + r.Header.Get("Authorization") + " at " + r.URL.RequestURI(),
				"error_id": "password=" + password + ";", "x-id": r.URL.RawQuery,
			})
		},
		"silence": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	for name, misfortune := range misfortunes {
		for _, auth := range []Authorizer{BasicAuth("u1", "canary-password"), BearerToken("canary-token"), BearerToken("canary token"), BasicAuth("u:1", "canary-password")} {
			s := newScript(t)
			s.on("POST /files/v1/allocate", answer(200, `{"state":"INCOMPLETE","upload_url":"`+s.URL+`/up?sig=canary-signature"}`))
			s.on("POST /up", misfortune)
			s.on(accountRequest, misfortune)
			c, _ := newTestClient(t, s, func(o *Options) {
				o.Authorizer, o.Username, o.Logger, o.Retries, o.StallTimeout = auth, "u1", logger, 1, 50*time.Millisecond
			})
			_, err := c.Upload(t.Context(), textUpload("content"))
			_, err2 := c.Account(t.Context())
			if err == nil || err2 == nil {
				t.Errorf("%s: no error", name)
			}
			errs = append(errs, fmt.Sprintf("%v %+v %#v", err, err2, errors.Unwrap(err)))
		}
	}
	all := strings.Join(errs, "\n") + log.String()
	basic := strings.TrimPrefix(basicHeader("u1", "canary-password"), "Basic ")
	for _, secret := range []string{"canary", basic, url.QueryEscape("canary")} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("%q shows: …%s", secret, all[max(0, i-200):i+40])
		}
	}
	if !strings.Contains(log.String(), "level=DEBUG") {
		t.Error("nothing was logged at debug level")
	}
}

func basicHeader(user, password string) string {
	req, _ := http.NewRequest(http.MethodGet, "/", io.NopCloser(nil))
	req.SetBasicAuth(user, password)
	return req.Header.Get("Authorization")
}
