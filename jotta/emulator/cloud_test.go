package emulator

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cloud is a running server and the most literal client there can be.
type cloud struct {
	t      testing.TB
	server *Server
	url    string
}

// fixedNow is the time of every test that does not move the clock.
var fixedNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func testOptions(t testing.TB) Options {
	return Options{
		Directory: t.TempDir(), Username: "u1", Password: "secret", Devices: []string{"mybox"},
		NoSync: true, Now: func() time.Time { return fixedNow },
	}
}

func startCloud(t testing.TB) *cloud {
	return startCloudWith(t, testOptions(t))
}

func startCloudWith(t testing.TB, options Options) *cloud {
	t.Helper()
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &cloud{t, s, running.URL}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// try sends a request and returns the answer, or the error of the connection.
func (c *cloud) try(method, path, body string, headers ...string) (answer, error) {
	c.t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = c.url + path
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.server.Token())
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content)}, err
}

func (c *cloud) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want does a request and checks the status.
func (c *cloud) want(status int, method, path, body string, headers ...string) answer {
	c.t.Helper()
	a := c.do(method, path, body, headers...)
	if a.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

func sumOf(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

// allocate announces content for a path below /jfs.
func (c *cloud) allocate(path, content string) allocateAnswer {
	c.t.Helper()
	request := fmt.Sprintf(`{"path":%q,"bytes":%d,"md5":%q,"created":"2026-01-02T03:04:05Z","modified":"2026-01-02T03:04:05Z"}`,
		"/jfs"+path, len(content), sumOf(content))
	a := c.want(200, "POST", "/files/v1/allocate", request)
	var allocated allocateAnswer
	if err := json.Unmarshal([]byte(a.body), &allocated); err != nil {
		c.t.Fatal(err)
	}
	return allocated
}

// upload makes a path hold content.
func (c *cloud) upload(path, content string) {
	c.t.Helper()
	if allocated := c.allocate(path, content); allocated.State != stateCompleted {
		c.want(200, "POST", allocated.UploadURL, content)
	}
}

func (c *cloud) mountpoint(path string) {
	c.t.Helper()
	c.want(201, "POST", "/jfs/u1"+path, "")
}

func mustContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func mustNotContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}

// listed is the liststream of a path, one line a file.
func (c *cloud) listed(path string) string {
	c.t.Helper()
	var out bytes.Buffer
	body := c.want(200, "GET", "/jfs/u1"+path+"?mode=liststream", "").body
	for _, part := range strings.Split(body, "<file>")[1:] {
		field := func(name string) string {
			_, rest, _ := strings.Cut(part, "<"+name+">")
			value, _, _ := strings.Cut(rest, "</"+name+">")
			return value
		}
		fmt.Fprintf(&out, "%s/%s %s\n", field("path"), field("filename"), field("size"))
	}
	return out.String()
}
