package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	asForm   = "application/x-www-form-urlencoded"
	realmURL = "/auth/realms/jottacloud/protocol/openid-connect"
)

// form posts a form without any sign-in and reads the token answer, if it is one.
func (c *cloud) form(status int, path string, values url.Values, headers ...string) (tokenAnswer, answer) {
	c.t.Helper()
	headers = append([]string{"Authorization", "", "Content-Type", asForm}, headers...)
	a := c.want(status, "POST", path, values.Encode(), headers...)
	var granted tokenAnswer
	if err := json.Unmarshal([]byte(a.body), &granted); err != nil {
		c.t.Fatalf("%s: %v", a.body, err)
	}
	return granted, a
}

func (c *cloud) refresh(status int, token string) (tokenAnswer, answer) {
	c.t.Helper()
	return c.form(status, realmURL+"/token", url.Values{
		"client_id": {loginClient}, "grant_type": {"refresh_token"}, "refresh_token": {token},
	})
}

// login redeems a fresh personal login token.
func (c *cloud) login() tokenAnswer {
	c.t.Helper()
	granted, _ := c.form(200, realmURL+"/token", c.loginForm())
	return granted
}

func (c *cloud) loginForm() url.Values {
	c.t.Helper()
	text, err := c.server.NewLoginToken()
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		c.t.Fatal(err)
	}
	var token loginToken
	if err := json.Unmarshal(raw, &token); err != nil {
		c.t.Fatal(err)
	}
	if token.WellKnownLink != c.url+"/auth/realms/jottacloud/.well-known/openid-configuration" {
		c.t.Fatalf("well_known_link %s", token.WellKnownLink)
	}
	return url.Values{
		"client_id": {loginClient}, "grant_type": {"password"}, "scope": {"openid offline_access"},
		"username": {token.Username}, "password": {token.AuthToken},
	}
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

func TestBasicAndBearer(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	for _, test := range []struct {
		authorization string
		status        int
	}{
		{basic("u1", "secret"), 200},
		{basic("U1", "secret"), 200},
		{basic("u1", "wrong"), 401},
		{basic("u1", ""), 401},
		{basic("u2", "secret"), 401},
		{"Basic nonsense", 401},
		{"Bearer " + c.server.Token(), 200},
		{"bearer " + c.server.Token(), 200},
		{"Bearer x" + c.server.Token(), 401},
		{"Bearer ", 401},
		{"", 401},
	} {
		for _, path := range []string{"/jfs/u1", "/account/v1/customer"} {
			a := c.want(test.status, "GET", path, "", "Authorization", test.authorization)
			if test.status == 401 {
				mustContain(t, a.body, idBadCredentials)
				mustContain(t, a.header.Get("WWW-Authenticate"), "Basic")
			}
		}
	}
}

func TestLoginToken(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	form := c.loginForm()
	wrong := maps.Clone(form)
	wrong.Set("password", form.Get("password")+"x")
	c.form(401, realmURL+"/token", wrong)
	granted, _ := c.form(200, realmURL+"/token", form)
	if granted.ExpiresIn != 3600 || granted.TokenType != "Bearer" {
		t.Errorf("granted %+v", granted)
	}
	c.want(200, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	c.want(401, "GET", "/emulator/requests", "", bearer(granted.AccessToken)...)
	_, again := c.form(401, realmURL+"/token", form) // works once
	mustContain(t, again.body, "invalid_grant")
	for name, value := range map[string]string{"client_id": "desktop", "scope": "openid", "grant_type": "implicit"} {
		other := c.loginForm()
		other.Set(name, value)
		c.form(400, realmURL+"/token", other)
	}
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	first := c.login()
	second, _ := c.refresh(200, first.RefreshToken)
	third, _ := c.refresh(200, second.RefreshToken)
	c.want(200, "GET", "/jfs/u1", "", bearer(third.AccessToken)...)
	_, reused := c.refresh(400, first.RefreshToken)
	mustContain(t, reused.body, `"error":"invalid_grant"`)
	// Now the whole family is dead, the newest member too.
	c.refresh(400, third.RefreshToken)
	c.want(401, "GET", "/jfs/u1", "", bearer(third.AccessToken)...)
	// Another family lives on, and what never was a token kills nobody.
	other := c.login()
	c.refresh(400, "nonsense")
	c.form(400, realmURL+"/token", url.Values{
		"client_id": {"desktop"}, "grant_type": {"refresh_token"}, "refresh_token": {other.RefreshToken},
	})
	c.refresh(200, other.RefreshToken)
}

func TestAccessTokenExpires(t *testing.T) {
	t.Parallel()
	options, clock := testOptions(t), newClock()
	options.AccessLifetime, options.Now = time.Minute, clock.now
	c := startCloudWith(t, options)
	granted := c.login()
	clock.advance(59 * time.Second)
	c.want(200, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	clock.advance(time.Second)
	c.want(401, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	c.want(200, "GET", "/jfs/u1", "") // the process's own token never does
	next, _ := c.refresh(200, granted.RefreshToken)
	if err := c.server.ExpireAccessTokens(); err != nil {
		t.Fatal(err)
	}
	c.want(401, "GET", "/jfs/u1", "", bearer(next.AccessToken)...)
	if err := c.server.RevokeSessions(); err != nil {
		t.Fatal(err)
	}
	c.refresh(400, next.RefreshToken)
}

func TestSessionsOutliveARestart(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t, s, running.URL}
	granted := c.login()
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	c = startCloudWith(t, options)
	c.want(200, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	next, _ := c.refresh(200, granted.RefreshToken)
	c.refresh(200, next.RefreshToken)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	granted := c.login()
	mustContain(t, c.want(200, "GET", realmURL+"/userinfo", "", bearer(granted.AccessToken)...).body, `"preferred_username":"u1"`)
	form := url.Values{"client_id": {loginClient}, "refresh_token": {granted.RefreshToken}}
	c.want(204, "POST", realmURL+"/logout", form.Encode(), "Content-Type", asForm, "Authorization", "")
	c.want(401, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	c.refresh(400, granted.RefreshToken)
}

func TestPasswordGrant(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.OTP = "123456"
	c := startCloudWith(t, options)
	var registered registration
	// Some clients send the parameters in the query.
	a := c.want(200, "POST", "/auth/v1/register?device_id=d1", "", "Authorization", "Bearer anything")
	if err := json.Unmarshal([]byte(a.body), &registered); err != nil {
		t.Fatal(err)
	}
	c.want(400, "POST", "/auth/v1/register", "")
	form := url.Values{
		"grant_type": {"PASSWORD"}, "username": {"u1"}, "password": {"secret"},
		"client_id": {registered.ClientID}, "client_secret": {registered.ClientSecret},
	}
	_, asked := c.form(401, "/auth/v1/token", form)
	if got := asked.header.Get("X-JottaCloud-OTP"); got != "required; SMS" {
		t.Errorf("X-JottaCloud-OTP %q", got)
	}
	c.form(401, "/auth/v1/token", form, "X-Jottacloud-Otp", "654321")
	granted, _ := c.form(200, "/auth/v1/token", form, "X-Jottacloud-Otp", "123456")
	c.want(200, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {registered.ClientID}, "refresh_token": {granted.RefreshToken}}
	c.form(400, "/auth/v1/token", refresh) // it insists on capitals
	refresh.Set("grant_type", "REFRESH_TOKEN")
	c.form(200, "/auth/v1/token", refresh)
	for name, value := range map[string]string{"password": "wrong", "username": "u2", "client_secret": "wrong", "client_id": ""} {
		other := maps.Clone(form)
		other.Set(name, value)
		_, refused := c.form(401, "/auth/v1/token", other, "X-Jottacloud-Otp", "123456")
		if refused.header.Get("X-JottaCloud-OTP") != "" {
			t.Errorf("wrong %s: the second factor is asked for", name)
		}
	}
}

func TestBrowserSignIn(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.AutoApprove = true
	c := startCloudWith(t, options)
	const verifier, redirect = "a-verifier-that-is-long-enough-for-pkce-43-chars", "http://127.0.0.1:53682/"
	digest := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {"desktop"}, "redirect_uri": {redirect}, "state": {"s1"},
		"scope": {"openid jotta-default offline_access"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])},
	}
	redeem := func(status int, code, verifier string) {
		t.Helper()
		c.form(status, realmURL+"/token", url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"desktop"}, "redirect_uri": {redirect},
			"code": {code}, "code_verifier": {verifier},
		})
	}
	code := c.authorize(302, query)
	redeem(200, code, verifier)
	redeem(400, code, verifier) // works once
	redeem(400, c.authorize(302, query), "another verifier")
	redeem(400, "", verifier)
	for _, far := range []string{"http://example.org/", "http://192.0.2.1/", "https://127.0.0.1/", "http://u@127.0.0.1/", "ftp://127.0.0.1/", ""} {
		other := maps.Clone(query)
		other.Set("redirect_uri", far)
		c.authorize(400, other)
	}
	for name, value := range map[string]string{
		"redirect_uri": "//127.0.0.1/", "response_type": "token", "client_id": "", "code_challenge_method": "plain",
	} {
		other := maps.Clone(query)
		other.Set(name, value)
		c.authorize(400, other)
	}
}

func TestBrowserSignInAsksForThePassword(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	query := "?response_type=code&client_id=desktop&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F"
	a := c.want(401, "GET", realmURL+"/auth"+query, "", "Authorization", "")
	mustContain(t, a.header.Get("WWW-Authenticate"), "Basic")
}

// authorize goes where a browser would be sent, and returns the code it comes back with.
func (c *cloud) authorize(status int, query url.Values) string {
	c.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(c.url + realmURL + "/auth?" + query.Encode())
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		c.t.Fatalf("authorize: status %d, want %d", response.StatusCode, status)
	}
	if status != http.StatusFound {
		return ""
	}
	location, err := response.Location()
	if err != nil || location.Host != "127.0.0.1:53682" || location.Query().Get("state") != "s1" {
		c.t.Fatalf("authorize: sent to %v: %v", location, err)
	}
	return location.Query().Get("code")
}

func TestNoSecretIsLoggedOrKept(t *testing.T) {
	t.Parallel()
	var logged lockedBuffer
	options := testOptions(t)
	options.Logger, options.Password = logged.logger(), "canary-password"
	c := startCloudWith(t, options)
	granted := c.login()
	c.want(401, "POST", "/auth/v1/token?grant_type=PASSWORD&client_id=x&username=u2&password=canary-password", "")
	c.want(200, "GET", "/jfs/u1", "", bearer(granted.AccessToken)...)
	requests, err := json.Marshal(c.server.Requests())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := c.server.directory.root.ReadFile(journalName(0))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(logged.String(), "legacyToken") {
		t.Error("the log misses the request")
	}
	for _, secret := range []string{"canary-password", granted.AccessToken, granted.RefreshToken, c.server.Token()} {
		mustNotContain(t, string(requests), secret)
		mustNotContain(t, logged.String(), secret)
		mustNotContain(t, string(kept), secret)
	}
}

// TestSecretsInUnknownQueriesAreNotLogged asks with the parameters in the query, where
// some clients put them, at addresses that are not served.
func TestSecretsInUnknownQueriesAreNotLogged(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.Legacy = true
	for _, c := range []*cloud{startCloud(t), startCloudWith(t, options)} {
		for _, path := range []string{"/auth/v1/token/", "/oauth/token", "/auth/v2/register", "/auth/realms/x/protocol/openid-connect/token"} {
			c.do("POST", path+"?grant_type=PASSWORD&password=canary", "")
		}
		for _, request := range c.server.Requests() {
			mustNotContain(t, request.Path+request.Query, "canary")
		}
	}
}
