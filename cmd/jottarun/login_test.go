package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// bench is a jottarun with an environment of its own, and a server to sign in to.
type bench struct {
	t      *testing.T
	server *emulator.Server
	url    string
	folder string
	env    map[string]string
	stdin  string
	said   strings.Builder // all that was ever printed
}

const emulatorPassword = "canary-password"

func newBench(t *testing.T, account string) *bench {
	t.Helper()
	server, err := emulator.Open(emulator.Options{
		Directory: t.TempDir(), Username: "u1", Password: emulatorPassword, OTP: "123456", Devices: []string{"mybox"}, NoSync: true,
	})
	check(t, err)
	running, err := emulator.Start(server, "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { check(t, running.Close()) })
	b := &bench{t: t, server: server, url: running.URL, folder: t.TempDir(), env: map[string]string{}}
	if account == "" {
		account = "{service: custom, endpoints: {jfs: $URL, api: $URL}}"
	}
	b.write("jobs.yaml", "version: 1\naccount: "+strings.ReplaceAll(account, "$URL", b.url)+
		"\nsettings: {state_dir: state, retries: 0}\njobs: {home: {root: files, target: /mybox/backup/home}}\n")
	b.write("files/a.txt", "hello")
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.folder, name)
	check(b.t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(b.t, os.WriteFile(path, []byte(text), 0o600))
}

func (b *bench) log() string { return filepath.Join(b.folder, "run.log") }

func (b *bench) token() string {
	b.t.Helper()
	token, err := b.server.NewLoginToken()
	check(b.t, err)
	return token
}

// run runs a command, demands its exit code, and returns what it printed.
func (b *bench) run(code int, args ...string) (stdout, stderr string) {
	b.t.Helper()
	var out, err bytes.Buffer
	a := &app.App{
		In: strings.NewReader(b.stdin), Out: &out, Err: &err, Home: b.folder, Now: time.Now,
		Lookup: func(name string) (string, bool) { value, ok := b.env[name]; return value, ok },
	}
	got := execute(b.t.Context(), a, append([]string{"-v", "--log-file", b.log(), "-c", filepath.Join(b.folder, "jobs.yaml")}, args...))
	if got != code {
		b.t.Errorf("jottarun %v exits %d, want %d:\n%s%s", args, got, code, &out, &err)
	}
	fmt.Fprintf(&b.said, "%s%s", &out, &err)
	return out.String(), err.String()
}

func (b *bench) want(text string, parts ...string) {
	b.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			b.t.Errorf("%q is missing from:\n%s", part, text)
		}
	}
}

// count counts the requests that the server had of a route.
func (b *bench) count(route string) int {
	n := 0
	for _, request := range b.server.Requests() {
		if request.Route == route {
			n++
		}
	}
	return n
}

func TestLoginIsKeptAndForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.run(10, "run")
	b.stdin = b.token() + "\n"
	out, _ := b.run(0, "login", "--token-stdin")
	b.want(out, "signed in to "+b.url+" as u1", "sessions")
	b.run(0, "run")
	b.run(0, "login", "--token-stdin") // the same token is not sent again
	if n := b.count("token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	out, _ = b.run(0, "logout")
	b.want(out, "has forgotten the login")
	_, err := b.run(10, "run")
	b.want(err, "Run: jottarun login")
	_, err = b.run(10, "login", "--token-stdin")
	b.want(err, "works once", "Make a new one")
	if n := b.count("token"); n != 1 {
		t.Errorf("%d token requests: a login that was forgotten has sent its token again", n)
	}
	out, _ = b.run(0, "logout")
	b.want(out, "no login")
	b.stdin = b.token()
	b.run(0, "login", "--token-stdin")
	b.run(0, "run")
}

func TestLoginThatHasEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.stdin = b.token()
	b.run(0, "login", "--token-stdin")
	check(t, b.server.RevokeSessions())
	b.server.ResetRequests()
	for range 3 {
		_, err := b.run(10, "run")
		b.want(err, "login expired or used elsewhere (invalid_grant). Run: jottarun login\n")
	}
	if n := b.count("token"); n != 1 {
		t.Errorf("a dead token was sent %d times", n)
	}
}

// A login token where the password stands: exchanged once, and then its session is
// used, whoever asks.
func TestLoginTokenAsPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	token := b.token()
	b.env["JOTTACLOUD_USERNAME"], b.env["JOTTACLOUD_PASSWORD"] = "me@example.org", token
	b.run(0, "run")
	b.run(0, "run")
	delete(b.env, "JOTTACLOUD_USERNAME")
	delete(b.env, "JOTTACLOUD_PASSWORD")
	b.write(".netrc", "machine jottacloud login me@example.org password "+token+"\n")
	b.run(0, "run")
	if n := b.count("token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	check(t, b.server.RevokeSessions())
	_, err := b.run(10, "run")
	b.want(err, "login expired or used elsewhere (invalid_grant). Run: jottarun login, and remove the used token from "+filepath.Join(b.folder, ".netrc"))
	out, _ := b.run(0, "logout")
	b.want(out, "There is still a login in "+filepath.Join(b.folder, ".netrc"))
}

// The environment comes first, then the login that is kept, then .netrc.
func TestOrderOfSignIns(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	signIn := func() string {
		out, _ := b.run(0, "whoami", "--json")
		var document struct {
			SignIn   string `json:"sign_in"`
			Username string `json:"username"`
		}
		if err := json.Unmarshal([]byte(out), &document); err != nil || document.Username != "u1" {
			t.Errorf("%v: %s", err, out)
		}
		return document.SignIn
	}
	b.write(".netrc", "machine jottacloud login u1 password "+emulatorPassword+"\n")
	if got := signIn(); got != "the password from "+filepath.Join(b.folder, ".netrc") {
		t.Errorf("signed in by %s", got)
	}
	b.stdin = b.token()
	b.run(0, "login", "--token-stdin")
	if got := signIn(); got != "jottarun login" {
		t.Errorf("signed in by %s", got)
	}
	b.env["JOTTACLOUD_USERNAME"], b.env["JOTTACLOUD_PASSWORD"] = "u1", emulatorPassword
	if got := signIn(); got != "the password from JOTTACLOUD_USERNAME and JOTTACLOUD_PASSWORD" {
		t.Errorf("signed in by %s", got)
	}
}

func TestPasswordGrantWithSecondFactor(t *testing.T) {
	t.Parallel()
	b := newBench(t, "{service: custom, username: u1, endpoints: {jfs: $URL, api: $URL, token: $URL}}")
	b.env["JOTTACLOUD_USERNAME"], b.env["JOTTACLOUD_PASSWORD"] = "u1", emulatorPassword
	_, err := b.run(10, "run")
	b.want(err, "second factor", "Run: jottarun login --otp CODE")
	b.stdin = emulatorPassword
	b.run(10, "login", "--token-stdin", "--otp", "999999")
	b.run(0, "login", "--token-stdin", "--otp", "123456")
	b.run(0, "run")
	delete(b.env, "JOTTACLOUD_PASSWORD")
	delete(b.env, "JOTTACLOUD_USERNAME")
	b.run(0, "run")
	for _, request := range b.server.Requests() {
		if request.Auth == "basic" {
			t.Errorf("%s %s was signed in to by HTTP Basic", request.Method, request.Path)
		}
	}
	b.run(0, "logout")
	b.run(10, "run")
}

// JottaCloud and its brands take no passwords; no request is made to find out.
func TestPasswordForJottaCloud(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"jottacloud", "telia_se"} {
		b := newBench(t, "{service: "+service+"}")
		b.env["JOTTACLOUD_USERNAME"], b.env["JOTTACLOUD_PASSWORD"] = "me@example.org", emulatorPassword
		_, err := b.run(10, "run")
		b.want(err, "takes no passwords", "Settings > Security", "in the password's place", "JOTTACLOUD_PASSWORD")
	}
}

// A login token that leads elsewhere is not sent there, and what to do is said.
func TestLoginTokenOfAnotherHost(t *testing.T) {
	t.Parallel()
	b := newBench(t, "{service: jottacloud}")
	b.stdin = b.token() // its well-known document is on loopback, which is not JottaCloud
	_, err := b.run(78, "login", "--token-stdin")
	b.want(err, "host not allowed", "127.0.0.1", "account.allowed_hosts")
	if n := len(b.server.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestLoginWithoutANetwork(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.stdin = b.token()
	b.run(0, "login", "--token-stdin")
	check(t, b.server.ExpireAccessTokens())
	b.server.Inject(emulator.Fault{Route: "token", Status: http.StatusServiceUnavailable})
	_, err := b.run(75, "whoami")
	b.want(err, "The login is kept; try again later")
	b.run(0, "whoami")
	if unhit := b.server.UnhitFaults(); len(unhit) > 0 {
		t.Errorf("unhit: %v", unhit)
	}
}

func TestLoginIsRefusedWhereItMakesNoSense(t *testing.T) {
	t.Parallel()
	b := newBench(t, "{service: emulator}")
	b.run(64, "login", "--token-stdin")
	b.run(0, "whoami")
	b = newBench(t, "")
	b.run(64, "login")                               // no terminal
	b.run(64, "login", "--browser")                  // no brand
	b.run(64, "login", "--service", "custom")        // no brand either
	b.run(64, "login", "--token-stdin", "--browser") // either
	b.stdin = "not a token"
	_, err := b.run(10, "login", "--token-stdin")
	b.want(err, "no login token")
}

// Whatever is signed in with, its secrets are in the session's file and nowhere else:
// not in what is printed at the highest level, not in other files of the state folder.
func TestSecretsOfALoginStayInItsFile(t *testing.T) {
	t.Parallel()
	b := newBench(t, "{service: custom, username: u1, endpoints: {jfs: $URL, api: $URL, token: $URL}}")
	b.stdin = emulatorPassword
	b.run(0, "login", "--token-stdin", "--otp", "123456")
	b.run(0, "run")
	token := b.token()
	b.env["JOTTACLOUD_USERNAME"], b.env["JOTTACLOUD_PASSWORD"] = "u1", token
	b.run(0, "plan", "--json")
	check(t, b.server.ExpireAccessTokens())
	b.run(0, "run")
	check(t, b.server.RevokeSessions())
	b.run(10, "run")

	secrets := []string{emulatorPassword, token, "123456"}
	sessions, err := filepath.Glob(filepath.Join(b.folder, "state", "sessions", "*.json"))
	check(t, err)
	for _, path := range sessions {
		info, err := os.Stat(path)
		check(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		var kept map[string]any
		check(t, json.Unmarshal([]byte(read(t, path)), &kept))
		for _, field := range []string{"access_token", "refresh_token", "client_secret"} {
			if secret, ok := kept[field].(string); ok {
				secrets = append(secrets, secret)
			}
		}
	}
	if len(sessions) != 2 || len(secrets) < 8 {
		t.Fatalf("%d sessions, %d secrets: the test shows nothing", len(sessions), len(secrets))
	}
	places := map[string]string{"what was printed": b.said.String(), "the log": read(t, b.log())}
	check(t, filepath.WalkDir(filepath.Join(b.folder, "state"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasPrefix(path, filepath.Join(b.folder, "state", "sessions")) {
			places[path] = read(t, path)
		}
		return err
	}))
	for place, text := range places {
		for i, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("secret %d is in %s", i, place)
			}
		}
	}
	for _, path := range sessions { // a password is not even there
		if text := read(t, path); strings.Contains(text, emulatorPassword) || strings.Contains(text, token) {
			t.Errorf("%s holds what was signed in with", path)
		}
	}
	b.want(b.said.String(), "level=DEBUG")
	b.want(places["the log"], "level=DEBUG", "level=INFO msg=begun", "level=WARN msg=exit code=10")
}

// The brands of the client, and the services that a jobs file can name, are the same.
func TestEveryBrandIsAService(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, brand := range jotta.Brands() {
		path := filepath.Join(folder, "jobs.yaml")
		check(t, os.WriteFile(path, []byte("{version: 1, account: {service: "+brand.Name+"}, jobs: {a: {root: /a, target: /m/b}}}"), 0o600))
		if _, err := config.Load(path, config.Env{}); err != nil {
			t.Errorf("%v", err)
		}
	}
	var schema struct {
		Defs struct {
			Account struct {
				Properties struct {
					Service struct {
						AnyOf []struct{ Enum []string }
					}
				}
			}
		} `json:"$defs"`
	}
	check(t, json.Unmarshal(config.Schema(), &schema))
	if got, want := len(schema.Defs.Account.Properties.Service.AnyOf[0].Enum), len(jotta.Brands())+2; got != want {
		t.Errorf("the schema has %d services, want the brands, emulator and custom: %d", got, want)
	}
}
