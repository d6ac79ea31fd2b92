package jotta

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	readContent = "0123456789"
	lookAtD     = "GET /jfs/u1/d/b/f"
)

func someDownload(to io.Writer, from int64) Download {
	return Download{Path: "/d/b/f", Size: int64(len(readContent)), MD5: md5.Sum([]byte(readContent)), From: from, To: to}
}

// metadataOf is what JFS says of the file when asked without ?mode=bin.
func metadataOf(content string) string {
	return fmt.Sprintf(`<file name="f"><path>/u1/d/b</path><currentRevision><state>COMPLETED</state>`+
		`<size>%d</size><md5>%x</md5></currentRevision></file>`, len(content), md5.Sum([]byte(content)))
}

// serveDownload answers downloads, and questions about the file with what is now there.
func serveDownload(s *script, now string, downloads ...http.HandlerFunc) {
	s.on(lookAtD, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "mode=bin" {
			answer(200, metadataOf(now))(w, r)
			return
		}
		s.mu.Lock()
		next := downloads[0]
		if len(downloads) > 1 {
			downloads = downloads[1:]
		}
		s.mu.Unlock()
		next(w, r)
	})
}

// chunked answers without saying how long the answer is.
func chunked(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, body)
	}
}

func TestDownloadAnswers(t *testing.T) {
	t.Parallel()
	ranged := func(from int, body string) http.HandlerFunc {
		return answer(206, body, fmt.Sprintf("Content-Range: bytes %d-9/10", from))
	}
	tests := []struct {
		name    string
		from    int64
		now     string // in the cloud
		answers []http.HandlerFunc
		want    error
		text    string
		tries   int
	}{
		{"whole", 0, readContent, []http.HandlerFunc{answer(200, readContent)}, nil, readContent, 1},
		{"the rest", 4, readContent, []http.HandlerFunc{ranged(4, "456789")}, nil, "456789", 1},
		{"of unknown length", 0, readContent, []http.HandlerFunc{chunked(readContent)}, nil, readContent, 1},
		{"goes on", 0, readContent, []http.HandlerFunc{reset10("012"), ranged(3, "3456789")}, nil, readContent, 2},
		{"ends early", 0, readContent, []http.HandlerFunc{chunked("0123"), ranged(4, "456789")}, nil, readContent, 2},
		{"ends early each time", 9, readContent, []http.HandlerFunc{chunkedRange(9)}, ErrBadAnswer, "", 4},
		{"busy, then whole", 0, readContent, []http.HandlerFunc{answer(503, ""), answer(200, readContent)}, nil, readContent, 2},
		{"missing", 0, readContent, []http.HandlerFunc{jfsError(404, "NoSuchFileException")}, ErrNotFound, "", 1},

		{"other bytes", 0, readContent, []http.HandlerFunc{answer(200, "0123456780")}, ErrDamaged, "0123456780", 1},
		{"other bytes of another version", 0, "0123456780", []http.HandlerFunc{answer(200, "0123456780")}, ErrContentChanged, "0123456780", 1},
		{"other bytes after the first ones are for the caller", 4, readContent, []http.HandlerFunc{ranged(4, "xxxxxx")}, nil, "xxxxxx", 1},
		{"longer, and says so", 0, readContent, []http.HandlerFunc{answer(200, readContent+"x")}, ErrBadAnswer, "", 1},
		{"longer, and says nothing", 0, readContent, []http.HandlerFunc{chunked(readContent + "x")}, ErrBadAnswer, readContent, 1},
		{"longer by now", 0, readContent + "x", []http.HandlerFunc{chunked(readContent + "x")}, ErrContentChanged, readContent, 1},
		{"shorter, and says so", 0, readContent, []http.HandlerFunc{answer(200, "0123")}, ErrBadAnswer, "", 1},
		{"shorter by now", 0, "0123", []http.HandlerFunc{answer(200, "0123")}, ErrContentChanged, "", 1},
		{"empty", 0, readContent, []http.HandlerFunc{answer(204, "")}, ErrBadAnswer, "", 1},
		{"a part that was not asked for", 0, readContent, []http.HandlerFunc{ranged(0, readContent)}, ErrBadAnswer, "", 1},
		{"all instead of the rest", 4, readContent, []http.HandlerFunc{answer(200, readContent)}, ErrBadAnswer, "", 1},
		{"all instead of the rest, after a break", 0, readContent, []http.HandlerFunc{reset10("012"), answer(200, readContent)}, ErrBadAnswer, "012", 2},
		{"another part", 4, readContent, []http.HandlerFunc{ranged(5, "56789")}, ErrBadAnswer, "", 1},
		{"the part of a longer file", 4, readContent, []http.HandlerFunc{answer(206, "456789", "Content-Range: bytes 4-9/11")}, ErrBadAnswer, "", 1},
		{"a part of no place", 4, readContent, []http.HandlerFunc{answer(206, "456789")}, ErrBadAnswer, "", 1},
		{"beyond its end", 4, readContent, []http.HandlerFunc{jfsError(416, "RequestedRangeNotSatisfiedException")}, ErrBadAnswer, "", 1},
		{"beyond its end by now", 4, "01", []http.HandlerFunc{jfsError(416, "RequestedRangeNotSatisfiedException")}, ErrContentChanged, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			serveDownload(s, tt.now, tt.answers...)
			c, _ := newTestClient(t, s)
			var to bytes.Buffer
			var told int64
			d := someDownload(&to, tt.from)
			d.Progress = func(n int64) { told += n }
			n, err := c.Download(t.Context(), d)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if to.String() != tt.text || n != int64(to.Len()) || told != n || c.Stats().BytesReceived != n {
				t.Errorf("wrote %q; says %d, told %d, counted %d", to.String(), n, told, c.Stats().BytesReceived)
			}
			if tries := len(s.downloads()); tries != tt.tries {
				t.Errorf("%d requests, want %d", tries, tt.tries)
			}
		})
	}
}

// reset10 breaks off an answer that was to have all ten bytes.
func reset10(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, part)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// chunkedRange promises the last bytes and sends none.
func chunkedRange(from int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-9/10", from))
		w.WriteHeader(206)
		_ = http.NewResponseController(w).Flush()
	}
}

func (s *script) downloads() []request {
	var found []request
	for _, r := range s.seen(lookAtD) {
		if r.URL.RawQuery == "mode=bin" {
			found = append(found, r)
		}
	}
	return found
}

func TestDownloadAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	serveDownload(s, readContent, reset10("012"), answer(503, ""), answer(206, "3456789", "Content-Range: bytes 3-9/10"))
	c, _ := newTestClient(t, s)
	if _, err := c.Download(t.Context(), someDownload(io.Discard, 0)); err != nil {
		t.Fatal(err)
	}
	var ranges []string
	for _, r := range s.downloads() {
		ranges = append(ranges, r.Header.Get("Range"))
	}
	if got := strings.Join(ranges, ","); got != ",bytes=3-9,bytes=3-9" {
		t.Errorf("asked for %s", got)
	}
}

func TestDownloadOfNothing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	serveDownload(s, "")
	c, _ := newTestClient(t, s)
	empty := Download{Path: "/d/b/f", MD5: md5.Sum(nil), To: io.Discard}
	if n, err := c.Download(t.Context(), empty); n != 0 || err != nil || len(s.requests) > 0 {
		t.Errorf("empty: %d, %v, %d requests", n, err, len(s.requests))
	}
	if n, err := c.Download(t.Context(), someDownload(io.Discard, 10)); n != 0 || err != nil || len(s.requests) > 0 {
		t.Errorf("all there: %d, %v, %d requests", n, err, len(s.requests))
	}
	empty.MD5[0]++
	if _, err := c.Download(t.Context(), empty); !errors.Is(err, ErrContentChanged) {
		t.Errorf("empty with another MD5: %v", err)
	}
}

func TestDownloadRefusesBeforeAsking(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	c, _ := newTestClient(t, s)
	for _, change := range []func(*Download){
		func(d *Download) { d.Path = "/d/b" },
		func(d *Download) { d.Path = "/d/b/../f" },
		func(d *Download) { d.Size = -1 },
		func(d *Download) { d.From = -1 },
		func(d *Download) { d.From = 11 },
		func(d *Download) { d.MD5 = MD5{} },
		func(d *Download) { d.To = nil },
	} {
		d := someDownload(io.Discard, 0)
		change(&d)
		if _, err := c.Download(t.Context(), d); err == nil {
			t.Errorf("%+v: no error", d)
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("%d requests", len(s.requests))
	}
}

// fullDisk takes a few bytes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (f *fullDisk) Write(p []byte) (int, error) {
	n := min(f.left, len(p))
	f.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestDownloadToAFullDisk(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	serveDownload(s, readContent, answer(200, readContent))
	c, clock := newTestClient(t, s)
	n, err := c.Download(t.Context(), someDownload(&fullDisk{4}, 0))
	if n != 4 || !errors.Is(err, errFull) || len(s.requests) != 1 || len(clock.slept) > 0 {
		t.Errorf("%d bytes, %v, %d requests", n, err, len(s.requests))
	}
}

// A big file over a bad line comes through, though it breaks more often than an
// operation is tried again; one that never gets on does not take for ever.
func TestDownloadBreaksOften(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789abcdef", 1<<18)
	const piece = 2 << 20 / 3
	s := newScript(t)
	s.on(lookAtD, func(w http.ResponseWriter, r *http.Request) {
		from := 0
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.WriteHeader(206)
		}
		_, _ = io.WriteString(w, content[from:min(from+piece, len(content))])
		_ = http.NewResponseController(w).Flush()
		if from+piece < len(content) {
			panic(http.ErrAbortHandler)
		}
	})
	c, _ := newTestClient(t, s, func(o *Options) { o.Retries = 2 })
	var to bytes.Buffer
	d := Download{Path: "/d/b/f", Size: int64(len(content)), MD5: md5.Sum([]byte(content)), To: &to}
	if _, err := c.Download(t.Context(), d); err != nil || to.String() != content {
		t.Errorf("%d bytes of %d: %v", to.Len(), len(content), err)
	}

	stuck := newScript(t)
	serveDownload(stuck, readContent, reset10(""))
	c, clock := newTestClient(t, stuck)
	if _, err := c.Download(t.Context(), someDownload(io.Discard, 0)); !errors.Is(err, ErrUnavailable) || len(clock.slept) != 3 {
		t.Errorf("%v after %d retries", err, len(clock.slept))
	}
}

// A connection over which nothing more comes is given up, and what came is not asked
// for again.
func TestDownloadStallsMidway(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	serveDownload(s, readContent, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "0123")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, answer(206, "456789", "Content-Range: bytes 4-9/10"))
	c, _ := newTestClient(t, s, func(o *Options) { o.StallTimeout = 100 * time.Millisecond })
	var to bytes.Buffer
	if _, err := c.Download(t.Context(), someDownload(&to, 0)); err != nil || to.String() != readContent {
		t.Errorf("got %q, %v", to.String(), err)
	}
}

func TestDownloadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	ctx, cancel := context.WithCancel(t.Context())
	serveDownload(s, readContent, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "0123")
		_ = http.NewResponseController(w).Flush()
		cancel()
		<-r.Context().Done()
	})
	c, clock := newTestClient(t, s)
	n, err := c.Download(ctx, someDownload(io.Discard, 0))
	if !errors.Is(err, context.Canceled) || n > 4 || len(clock.slept) > 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
