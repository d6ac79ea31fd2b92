package emulator

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sourcegraph/conc"
)

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	t.Parallel()
	s := reopen(t, testOptions(t))
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.org:0", "127.0.0.1", ""} {
		if running, err := Start(s, addr); err == nil {
			t.Errorf("listens on %q: %v", addr, running.Stop())
		}
	}
	running, err := Start(s, "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// TestCloseWaitsForRunningRequests stops the server while an upload is on its way: it
// is finished, and answered, first.
func TestCloseWaitsForRunningRequests(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	s := reopen(t, options)
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t, s, running.URL}
	c.mountpoint("/mybox/backup")
	allocated := c.allocate("/mybox/backup/a", "0123456789")
	begun, goOn := make(chan struct{}), make(chan struct{})
	var group conc.WaitGroup
	group.Go(func() {
		body := &gatedReader{text: strings.NewReader("0123456789"), begun: begun, goOn: goOn}
		r, err := http.NewRequest("POST", allocated.UploadURL, body)
		if err != nil {
			t.Error(err)
			return
		}
		r.ContentLength = 10
		r.Header.Set("Expect", "100-continue") // the body is read once the server asks for it
		r.Header.Set("Authorization", "Bearer "+s.Token())
		response, err := http.DefaultClient.Do(r)
		if err != nil || response.StatusCode != 200 {
			t.Errorf("upload: %v, %v", response, err)
			return
		}
		_ = response.Body.Close()
	})
	<-begun
	group.Go(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	close(goOn)
	group.Wait()
	if files := reopen(t, options).Tree("/mybox/backup"); len(files) != 1 {
		t.Errorf("files %+v", files)
	}
}

// gatedReader gives half of its text, says so, and waits before it gives the rest.
type gatedReader struct {
	text  *strings.Reader
	begun chan<- struct{}
	goOn  <-chan struct{}
	given bool
}

func (g *gatedReader) Read(p []byte) (int, error) {
	if !g.given {
		g.given = true
		return g.text.Read(p[:5])
	}
	if g.begun != nil {
		close(g.begun)
		g.begun = nil
		<-g.goOn
	}
	return g.text.Read(p)
}

func TestDownloadRanges(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "0123456789")
	c.upload("/mybox/backup/empty", "")
	for _, test := range []struct {
		path, header string
		status       int
		body         string
	}{
		{"a", "", 200, "0123456789"},
		{"a", "bytes=0-0", 206, "0"},
		{"a", "bytes=4-", 206, "456789"},
		{"a", "bytes=-3", 206, "789"},
		{"a", "bytes=-30", 206, "0123456789"},
		{"a", "bytes=8-100", 206, "89"},
		{"a", "bytes=10-", 416, ""},
		{"a", "bytes=5-2", 416, ""},
		{"a", "bytes=-0", 416, ""},
		{"a", "bytes=0-1,3-4", 416, ""},
		{"a", "bytes=+1-2", 416, ""},
		{"a", "lines=0-1", 416, ""},
		{"empty", "", 200, ""},
		{"empty", "bytes=0-", 416, ""},
	} {
		a := c.want(test.status, "GET", "/jfs/u1/mybox/backup/"+test.path+"?mode=bin", "", "Range", test.header)
		if test.status != 416 && a.body != test.body {
			t.Errorf("%s %s: %q", test.path, test.header, a.body)
		}
		if test.status == 416 {
			mustContain(t, a.body, idRange)
		}
	}
	head := c.want(200, "HEAD", "/jfs/u1/mybox/backup/a?mode=bin", "")
	if head.header.Get("Content-Length") != "10" || head.body != "" {
		t.Errorf("HEAD: %v %q", head.header, head.body)
	}
	c.want(404, "GET", "/jfs/u1/mybox/backup?mode=bin", "")
	c.want(404, "GET", "/jfs/u1/mybox/backup/nothing?mode=bin", "")
	c.allocate("/mybox/backup/waiting", "abc")
	c.want(404, "GET", "/jfs/u1/mybox/backup/waiting?mode=bin", "")
}
