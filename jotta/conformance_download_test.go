package jotta_test

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

func download(p jotta.Path, content string, to io.Writer) jotta.Download {
	return jotta.Download{Path: p, Size: int64(len(content)), MD5: md5.Sum([]byte(content)), To: to}
}

// read downloads what has the given content.
func (c *cloud) read(p jotta.Path, content string) {
	c.t.Helper()
	var to bytes.Buffer
	n, err := c.Download(c.t.Context(), download(p, content, &to))
	if err != nil || to.String() != content || n != int64(len(content)) {
		c.t.Errorf("%s: %d bytes, %v; equal: %v", p, n, err, to.String() == content)
	}
}

// ranges are those that downloads asked for since the log was reset.
func (c *cloud) ranges() []string {
	var ranges []string
	for _, r := range c.server.Requests() {
		if r.Route == "download" {
			ranges = append(ranges, r.Range)
		}
	}
	return ranges
}

func TestCloudDownload(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		c := newCloudOf(t, kind)
		if err := c.CreateBackupdir(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		const content = "0123456789"
		c.put(backup+"/sub/a", "before")
		c.put(backup+"/sub/a", content)
		c.put(backup+"/empty", "")
		c.read(backup+"/sub/a", content)
		c.read(backup+"/SUB/A", content)
		c.read(backup+"/empty", "")
		for from := range len(content) + 1 {
			var to bytes.Buffer
			d := download(backup+"/sub/a", content, &to)
			d.From = int64(from)
			if n, err := c.Download(t.Context(), d); err != nil || to.String() != content[from:] || n != int64(to.Len()) {
				t.Errorf("from %d: %q, %d, %v", from, to.String(), n, err)
			}
		}
		c.trash(backup+"/sub/a", "dl")
		c.read(backup+"/sub/a", content)
	}
}

func TestCloudDownloadOfWhatIsNoMoreThere(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/a", "0123456789")
	c.put(backup+"/longer", "0123456789x")
	c.put(backup+"/shorter", "0123")
	c.put(backup+"/other", "012345678x")
	c.put(backup+"/folder/x", "x")
	c.leaveBehind(backup+"/half", "not complete", 5)
	tests := []struct {
		path jotta.Path
		from int64
		want error
	}{
		{"/longer", 0, jotta.ErrContentChanged},
		{"/longer", 4, jotta.ErrContentChanged},
		{"/shorter", 0, jotta.ErrContentChanged},
		{"/shorter", 3, jotta.ErrContentChanged},
		{"/shorter", 4, jotta.ErrContentChanged},
		{"/shorter", 5, jotta.ErrContentChanged},
		{"/other", 0, jotta.ErrContentChanged},
		{"/other", 4, nil}, // its MD5 is for the caller
		{"/none", 0, jotta.ErrNotFound},
		{"/folder", 0, jotta.ErrNotFound},
		{"/half", 0, jotta.ErrNotFound},
	}
	for _, tt := range tests {
		var to bytes.Buffer
		d := download(backup+tt.path, "0123456789", &to)
		d.From = tt.from
		if n, err := c.Download(t.Context(), d); !errors.Is(err, tt.want) || n != int64(to.Len()) || n > 10-tt.from {
			t.Errorf("%s from %d: %d bytes, %v", tt.path, tt.from, n, err)
		}
	}
	if n := c.Stats().Retries; n > 0 {
		t.Errorf("tried again %d times", n)
	}
}

// Why the bytes are wrong is asked until it is known; the bytes are not.
func TestCloudDownloadAsksAgainWhatChanged(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/a", "012345678x")
	c.server.ResetRequests()
	c.server.Inject(emulator.Fault{Route: "metadata", Status: 503, Times: 2})
	var to bytes.Buffer
	if _, err := c.Download(t.Context(), download(backup+"/a", "0123456789", &to)); !errors.Is(err, jotta.ErrContentChanged) {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(c.routes(), " "); got != "download metadata metadata metadata" || to.Len() != 10 {
		t.Errorf("asked %s, wrote %q", got, to.String())
	}
}

// However often and wherever the connection is lost, each byte comes once.
func TestCloudDownloadResumes(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 0))
	c := newBackup(t)
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(dice.Uint32())
	}
	c.put(backup+"/a", string(content))
	for round := range 200 {
		c.server.ResetRequests()
		want, at := []string{""}, 0
		for range 1 + dice.IntN(3) {
			cut := 1 + dice.IntN(len(content)-at-1)
			c.server.Inject(emulator.Fault{Name: "cut", Route: "download", Path: "/a", CutAnswer: int64(cut)})
			if at += cut; at == len(content)-1 {
				break
			}
			want = append(want, fmt.Sprintf("bytes=%d-%d", at, len(content)-1))
		}
		c.server.Inject(emulator.Fault{Name: "busy", Route: "download", Path: "/a", Status: 503})
		c.read(backup+"/a", string(content))
		c.server.ClearFaults()
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, round)
		}
		got := c.ranges()
		if len(got) < len(want) || cmp.Diff(want, got[:len(want)]) != "" {
			t.Fatalf("seed %d, round %d: asked for %q, want %q", seed, round, got, want)
		}
	}
}

func TestCloudDownloadFaults(t *testing.T) {
	t.Parallel()
	const content = "0123456789"
	tests := []struct {
		name  string
		fault emulator.Fault
		from  int64
		want  error
	}{
		{"wrong bytes", emulator.Fault{FlipAnswer: 3}, 0, jotta.ErrDamaged},
		{"416", emulator.Fault{Status: 416, ErrorID: "RequestedRangeNotSatisfiedException"}, 4, jotta.ErrBadAnswer},
		{"all instead of the rest", emulator.Fault{Status: 200, Body: content}, 4, jotta.ErrBadAnswer},
		{"longer", emulator.Fault{Status: 200, Body: content + "x"}, 0, jotta.ErrBadAnswer},
		{"a proxy's page", emulator.Fault{Status: 200, Body: "<html>sign in</html>"}, 0, jotta.ErrBadAnswer},
		{"refused", emulator.Fault{Status: 403}, 0, jotta.ErrForbidden},
		{"busy", emulator.Fault{Status: 503, Times: 5}, 0, nil},
		{"busy for too long", emulator.Fault{Status: 503, Times: 6}, 0, jotta.ErrUnavailable},
		{"lost", emulator.Fault{Reset: true, Times: 5}, 4, nil},
		{"stalled", emulator.Fault{Delay: time.Hour, Times: 2}, 4, nil},
		{"stalled for too long", emulator.Fault{Delay: time.Hour, Times: 6}, 0, jotta.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newBackup(t, func(o *jotta.Options) { o.StallTimeout = 200 * time.Millisecond })
			c.put(backup+"/a", content)
			tt.fault.Route = "download"
			c.server.Inject(tt.fault)
			var to bytes.Buffer
			d := download(backup+"/a", content, &to)
			d.From = tt.from
			if n, err := c.Download(t.Context(), d); !errors.Is(err, tt.want) || n != int64(to.Len()) || n > 10-tt.from {
				t.Errorf("%d bytes, %v, want %v", n, err, tt.want)
			}
			if tt.want == nil && to.String() != content[tt.from:] {
				t.Errorf("got %q", to.String())
			}
		})
	}
}

// Every name of the corpus that can be uploaded can be downloaded.
func TestCloudDownloadNames(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		c := newCloudOf(t, kind)
		if err := c.CreateBackupdir(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		for i, name := range corpus() {
			if jotta.CheckName(name) != nil {
				continue
			}
			p := backup.Join(fmt.Sprintf("%d/%s/%s", i, name, name))
			c.put(p, name)
			c.read(p, name)
			if strings.Contains(name, "%") || strings.Contains(name, "+") {
				c.trash(p, "dl")
				c.read(p, name)
			}
		}
	}
}
