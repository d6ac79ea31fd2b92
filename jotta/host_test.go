package jotta

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		endpoints Endpoints
		jfs, api  string // "": refused
	}{
		{Endpoints{}, "https://jfs.jottacloud.com/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "https://nas.example/jfs", API: "https://nas.example/api/"}, "https://nas.example/jfs", "https://nas.example/api"},
		{Endpoints{JFS: "https://nas.example/jfs/"}, "https://nas.example/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "https://nas.example/x"}, "https://nas.example/x/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "http://127.0.0.1:80"}, "http://127.0.0.1:80/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "http://[::1]:8080"}, "http://[::1]:8080/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "http://localhost"}, "http://localhost/jfs", "https://api.jottacloud.com"},
		{Endpoints{JFS: "http://nas.example"}, "", ""},
		{Endpoints{JFS: "http://10.0.0.1"}, "", ""},
		{Endpoints{JFS: "nas.example"}, "", ""},
		{Endpoints{JFS: "https://"}, "", ""},
		{Endpoints{JFS: "ftp://nas.example"}, "", ""},
		{Endpoints{JFS: "https://u:p@nas.example"}, "", ""},
		{Endpoints{JFS: "https://nas.example?x"}, "", ""},
		{Endpoints{JFS: "https://nas.example#x"}, "", ""},
		{Endpoints{JFS: "http://[::1"}, "", ""},
		{Endpoints{API: "http://nas.example"}, "", ""},
		{Endpoints{Upload: "http://nas.example"}, "", ""},
		{Endpoints{Token: "http://nas.example"}, "", ""},
	}
	for _, tt := range tests {
		c, err := New(Options{Endpoints: tt.endpoints, Authorizer: BearerToken("t")})
		if (err == nil) != (tt.jfs != "") {
			t.Errorf("%+v: %v", tt.endpoints, err)
		}
		if err == nil && (c.endpoints.jfs.String() != tt.jfs || c.endpoints.api.String() != tt.api) {
			t.Errorf("%+v: got %v and %v", tt.endpoints, c.endpoints.jfs, c.endpoints.api)
		}
	}
}

func TestNewWantsASignIn(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); err == nil {
		t.Error("made a client that cannot sign in")
	}
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	c, err := New(Options{
		Endpoints:    Endpoints{JFS: "https://nas.example:8443"},
		Authorizer:   BearerToken("t"),
		AllowedHosts: []string{"Upload.example", "other.example:444", "[::1]:99"},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		address string
		ok      bool
	}{
		{"https://nas.example:8443/x", true},
		{"https://NAS.example:8443/x", true},
		{"https://nas.example/x", false},
		{"https://api.jottacloud.com/x", true},
		{"https://api.jottacloud.com:443/x", true},
		{"https://upload.example/x", true},
		{"https://upload.example:1234/x", true},
		{"http://upload.example/x", false},
		{"https://sub.upload.example/x", false},
		{"https://other.example:444/x", true},
		{"https://other.example/x", false},
		{"http://[::1]:99/x", true},
		{"http://[::1]:98/x", false},
		{"https://dn-001.jotta.no/x", true},
		{"https://up.jotta.cloud/x", true},
		{"https://UP.JottaCloud.com/x", true},
		{"https://jotta.no/x", false},
		{"https://eviljotta.no/x", false},
	}
	for _, tt := range tests {
		req, err := http.NewRequest(http.MethodGet, tt.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = c.hosts.check(req.URL)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrHostNotAllowed) {
			t.Errorf("%s: %v, want ok %v", tt.address, err, tt.ok)
		}
		if err != nil && !strings.Contains(err.Error(), req.URL.Host) {
			t.Errorf("%v does not name the host", err)
		}
	}
	for _, host := range []string{"", "https://upload.example", "upload.example/x", "u@upload.example", ":443"} {
		if _, err := New(Options{Authorizer: BearerToken("t"), AllowedHosts: []string{host}}); err == nil {
			t.Errorf("allowed host %q was accepted", host)
		}
	}
}

// A redirect is followed on reads, within the same host; no other one is, and none
// carries the sign-in away.
func TestRedirects(t *testing.T) {
	t.Parallel()
	other := newScript(t)
	s := newScript(t)
	targets := map[string]bool{
		s.URL + "/jfs/there": true,
		"/jfs/there":         true,
		other.URL + "/there": false,
		strings.Replace(s.URL, "http://", "https://", 1) + "/jfs/there": false,
		strings.Replace(s.URL, "http://", "http://u:p@", 1) + "/there":  false,
		"file:///etc/passwd": false,
		"//evil.example/x":   false,
	}
	for target, followed := range targets {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := &script{Server: s.Server, answers: map[string][]http.HandlerFunc{}}
			s.Config.Handler = s
			s.on(accountRequest, answer(status, "", "Location: "+target))
			s.on("GET /jfs/there", answerFile(t, "user.xml"))
			s.on(allocateRequest, answer(status, "", "Location: "+target))
			c, clock := newTestClient(t, s)
			_, err := c.Account(t.Context())
			if followed && err != nil || !followed && !errors.Is(err, ErrRefusedRedirect) {
				t.Errorf("%d to %s: %v", status, target, err)
			}
			n := len(s.requests)
			if _, err = c.Upload(t.Context(), textUpload("content")); !errors.Is(err, ErrRefusedRedirect) || len(s.requests) != n+1 {
				t.Errorf("POST, %d to %s: %v", status, target, err)
			}
			if len(clock.slept) > 0 {
				t.Errorf("%d to %s: tried again", status, target)
			}
		}
	}
	if len(other.requests) > 0 {
		t.Errorf("the other host saw %d requests", len(other.requests))
	}
}

func TestRedirectLoop(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(accountRequest, answer(302, "", "Location: /jfs/u1"))
	c, _ := newTestClient(t, s)
	if _, err := c.Account(t.Context()); !errors.Is(err, ErrRefusedRedirect) || len(s.requests) > maxRedirects+1 {
		t.Errorf("got %v after %d requests", err, len(s.requests))
	}
}
