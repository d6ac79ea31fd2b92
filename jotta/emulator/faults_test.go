package emulator

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestFaultStrikesTheNthRequestOnly(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.server.Inject(Fault{Route: "user", Nth: 2, Status: 503, RetryAfter: "3"})
	for i, status := range []int{200, 503, 200, 200} {
		a := c.want(status, "GET", "/jfs/u1", "")
		if i == 1 && a.header.Get("Retry-After") != "3" {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
	}
	if unhit := c.server.UnhitFaults(); unhit != nil {
		t.Errorf("unhit: %v", unhit)
	}
}

func TestUnhitFaultIsNamed(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.server.Inject(Fault{Route: "upload", Status: 500}, Fault{Name: "third listing", Route: "user", Nth: 3})
	c.want(200, "GET", "/jfs/u1", "")
	if got := strings.Join(c.server.UnhitFaults(), "; "); got != "upload (0 matches); third listing (1 matches)" {
		t.Errorf("unhit: %s", got)
	}
	c.server.ClearFaults()
	if unhit := c.server.UnhitFaults(); unhit != nil {
		t.Errorf("unhit after clearing: %v", unhit)
	}
}

func TestFaultBeforeAndAfterTheEffect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		after  bool
		listed string
	}{{false, ""}, {true, "/backup/a 5\n"}} {
		c := startCloud(t)
		c.mountpoint("/mybox/backup")
		allocated := c.allocate("/mybox/backup/a", "hello")
		c.server.Inject(Fault{Route: "upload", After: test.after}) // a reset
		if a, err := c.try("POST", allocated.UploadURL, "hello"); err == nil {
			t.Errorf("after %v: answered %d", test.after, a.status)
		}
		if got := c.listed("/mybox/backup"); got != test.listed {
			t.Errorf("after %v: listed %q", test.after, got)
		}
	}
}

func TestFaultCutsTheRequest(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	allocated := c.allocate("/mybox/backup/a", "0123456789")
	c.server.Inject(Fault{Route: "upload", CutRequest: 4})
	if a, err := c.try("POST", allocated.UploadURL, "0123456789"); err == nil {
		t.Errorf("answered %d", a.status)
	}
	again := c.allocate("/mybox/backup/a", "0123456789")
	if again.ResumePos != 4 {
		t.Errorf("resume_pos %d", again.ResumePos)
	}
	c.want(200, "POST", again.UploadURL, "456789", "Range", "bytes=4-9")
}

func TestFaultCutsAndFlipsTheAnswer(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "0123456789")
	path := "/jfs/u1/mybox/backup/a?mode=bin"
	c.server.Inject(Fault{Route: "download", CutAnswer: 4}, Fault{Route: "download", FlipAnswer: 3})
	if a, err := c.try("GET", path, ""); err == nil || a.body != "0123" {
		t.Errorf("cut: %q, %v", a.body, err)
	}
	if got := c.want(200, "GET", path, "").body; got != "0133456789" {
		t.Errorf("flipped: %q", got)
	}
	if got := c.want(200, "GET", path, "").body; got != "0123456789" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestFaultAimsAtAPath(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.server.Inject(Fault{Route: "allocate", Path: "poison", Status: 400, ErrorID: idInvalidArgument, Times: 1000},
		Fault{Route: "upload", Path: "unlucky", Status: 200, Body: "<html>"})
	c.upload("/mybox/backup/sound", "1")
	for range 3 {
		c.want(400, "POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/poison","bytes":1,"md5":"`+sumOf("2")+`"}`)
	}
	if got := c.want(200, "POST", c.allocate("/mybox/backup/unlucky", "3").UploadURL, "3").body; got != "<html>" {
		t.Errorf("wrong body %q", got)
	}
}

func TestFaultsByChanceAreRepeatable(t *testing.T) {
	t.Parallel()
	run := func() (pattern string) {
		c := startCloud(t)
		c.server.Inject(Fault{Probability: 0.3, Seed: 7, Status: 500})
		for range 60 {
			pattern += itoa(c.do("GET", "/jfs/u1", "").status / 100)
		}
		return pattern
	}
	first := run()
	if second := run(); second != first {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
	}
	if struck := strings.Count(first, "5"); struck < 8 || struck > 30 {
		t.Errorf("struck %d of 60: %s", struck, first)
	}
}

func TestControlEndpoint(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	for _, path := range []string{"/emulator/requests", "/emulator/faults", "/emulator/", "/emulator/nothing"} {
		c.want(401, "GET", path, "", "Authorization", "")
	}
	c.want(404, "GET", "/emulator/nothing", "")
	c.want(400, "POST", "/emulator/faults", `[{"delay":"soon"}]`)
	c.want(204, "POST", "/emulator/faults", `[{"route":"user","status":500},{"route":"device","delay":"1ms"}]`)
	c.want(500, "GET", "/jfs/u1", "")
	c.want(200, "GET", "/jfs/u1/mybox", "")
	mustContain(t, c.want(200, "GET", "/emulator/faults", "").body, `"route":"user"`, `"hits":1`, `"delay":"1ms"`)
	c.want(204, "DELETE", "/emulator/faults", "")
	if got := c.want(200, "GET", "/emulator/faults", "").body; got != "[]" {
		t.Errorf("faults %s", got)
	}
	var requests []Request
	if err := json.Unmarshal([]byte(c.want(200, "GET", "/emulator/requests", "").body), &requests); err != nil {
		t.Fatal(err)
	}
	if len(requests) != 3 || requests[1].Route != "user" || requests[1].Status != 500 || requests[1].Auth != authBearer {
		t.Errorf("requests %+v", requests)
	}
	c.want(204, "DELETE", "/emulator/requests", "")
	if got := c.want(200, "GET", "/emulator/requests", "").body; got != "[]" {
		t.Errorf("requests %s", got)
	}
	c.want(204, "POST", "/emulator/account", `{"quota":100,"write_locked":true}`)
	c.want(204, "POST", "/emulator/account", `{"write_locked":false}`)
	mustContain(t, c.want(200, "GET", "/account/v1/customer", "").body, `"quota":100,"write_locked":false`)
	c.want(400, "POST", "/emulator/account", `{"quota":"much"}`)
	c.upload("/mybox/backup/a", "hello")
	mustContain(t, c.want(200, "GET", "/emulator/tree?path=/mybox/backup", "").body, `"path":"a","size":5,"md5":"`+sumOf("hello"))
	mustContain(t, c.want(200, "POST", "/emulator/login-token", "").body, `{"login_token":"ey`)
	c.want(204, "POST", "/emulator/expire", "")
	c.want(204, "POST", "/emulator/end-sessions", "")
}

func TestRequestLogCountsBytes(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "0123456789")
	c.server.ResetRequests()
	c.want(206, "GET", "/jfs/u1/mybox/backup/a?mode=bin", "", "Range", "bytes=2-")
	allocated := c.allocate("/mybox/backup/b", "abc")
	c.want(200, "POST", allocated.UploadURL, "abc")
	logged := c.server.Requests()
	if len(logged) != 3 {
		t.Fatalf("logged %+v", logged)
	}
	download, upload := logged[0], logged[2]
	if download.Route != "download" || download.Sent != 8 || download.Range != "bytes=2-" || download.Query != "mode=bin" || !download.Done {
		t.Errorf("download %+v", download)
	}
	if upload.Route != "upload" || upload.Received != 3 || upload.Status != 200 {
		t.Errorf("upload %+v", upload)
	}
}

func TestDelayedRequestGoesOn(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.server.Inject(Fault{Route: "user", Delay: 30 * time.Millisecond})
	start := time.Now()
	c.want(200, "GET", "/jfs/u1", "")
	if took := time.Since(start); took < 30*time.Millisecond {
		t.Errorf("took %v", took)
	}
	// More than once: Go's client tries a GET again when a kept connection breaks.
	c.server.Inject(Fault{Route: "user", Delay: time.Millisecond, Reset: true, Times: 5})
	if a, err := c.try("GET", "/jfs/u1", ""); err == nil {
		t.Errorf("answered %d after a delayed reset", a.status)
	}
}
