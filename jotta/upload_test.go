package jotta

import (
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	allocateRequest = "POST /files/v1/allocate"
	uploadRequest   = "POST /up"
)

func textUpload(content string) Upload {
	return Upload{
		Path: "/mybox/backup/a.txt", Size: int64(len(content)), MD5: md5.Sum([]byte(content)),
		Modified: time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC), Content: strings.NewReader(content),
	}
}

func (s *script) allocated(state string, resume int64) http.HandlerFunc {
	return answer(200, fmt.Sprintf(`{"name":"a.txt","path":"/x","state":%q,"upload_id":"1","upload_url":%q,"bytes":7,"resume_pos":%d}`,
		state, s.URL+"/up", resume))
}

func stored(content string) http.HandlerFunc {
	return answer(200, fmt.Sprintf(`{"path":"/x","content_id":"1","bytes":%d,"md5":"%X","modified":1}`, len(content), md5.Sum([]byte(content))))
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, stored("content"))
	c, _ := newTestClient(t, s)
	u := textUpload("content")
	u.Path = "/mybox/backup/a+b/c:\xff\u2028<.txt"
	var progress int64
	u.Progress = func(n int64) { progress += n }
	done, err := c.Upload(t.Context(), u)
	if err != nil || done != (Uploaded{Sent: 7}) || progress != 7 {
		t.Errorf("got %+v, %v, progress %d", done, err, progress)
	}
	var question map[string]any
	if err := json.Unmarshal([]byte(s.seen(allocateRequest)[0].body), &question); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"path": "/jfs/mybox/backup/a+b/c：‛FF\u2028＜.txt", "bytes": 7.0, "md5": "9a0364b9e99bb480dd25e1f0284c8555",
		"created": "2026-01-02T03:04:05Z", "modified": "2026-01-02T03:04:05Z",
	}
	if diff := cmp.Diff(want, question); diff != "" {
		t.Errorf("allocate (-want +got):\n%s", diff)
	}
	sent := s.seen(uploadRequest)[0]
	if sent.body != "content" || sent.ContentLength != 7 || sent.Header.Get("Range") != "" ||
		sent.Header.Get("Content-Type") != "application/octet-stream" || sent.Header.Get("Authorization") == "" || sent.UserAgent() != "jottarun" {
		t.Errorf("sent %q with %v", sent.body, sent.Header)
	}
	if stats := c.Stats(); stats != (Stats{Requests: 2, BytesSent: 7}) {
		t.Errorf("counted %+v", stats)
	}
}

func TestUploadOfWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, answer(200, `{"state":"COMPLETED","bytes":7,"resume_pos":7}`))
	c, _ := newTestClient(t, s)
	u := textUpload("content")
	u.Content = failingContent{}
	done, err := c.Upload(t.Context(), u)
	if err != nil || done != (Uploaded{Deduplicated: true}) || len(s.requests) != 1 {
		t.Errorf("got %+v, %v, %d requests", done, err, len(s.requests))
	}
}

func TestUploadResumes(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 3))
	s.on(uploadRequest, stored("content"))
	c, _ := newTestClient(t, s)
	var progress []int64
	u := textUpload("content")
	u.Progress = func(n int64) { progress = append(progress, n) }
	done, err := c.Upload(t.Context(), u)
	if err != nil || done != (Uploaded{Sent: 4, Resumed: 3}) {
		t.Errorf("got %+v, %v", done, err)
	}
	if sent := s.seen(uploadRequest)[0]; sent.body != "tent" || sent.Header.Get("Range") != "bytes=3-6" || sent.ContentLength != 4 {
		t.Errorf("sent %q with %v", sent.body, sent.Header)
	}
	if diff := cmp.Diff([]int64{3, 4}, progress); diff != "" {
		t.Errorf("progress: %s", diff)
	}
}

// After a break the service says where to go on, which may be behind what was sent.
func TestUploadGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]http.HandlerFunc{
		"reset": reset(""), "420": answer(420, `{"error_id":"IncompleteUploadOpenApiException"}`), "503": answer(503, ""),
		"421": answer(421, `{"error_id":"CorruptUploadOpenApiException"}`), "lost answer": reset(`{"bytes":`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, s.allocated("INCOMPLETE", 0), s.allocated("INCOMPLETE", 2))
			s.on(uploadRequest, broken, stored("content"))
			c, _ := newTestClient(t, s)
			var progress int64
			u := textUpload("content")
			u.Progress = func(n int64) { progress += n }
			done, err := c.Upload(t.Context(), u)
			if err != nil || done != (Uploaded{Sent: 12}) || progress != 7 {
				t.Errorf("got %+v, %v, progress %d", done, err, progress)
			}
		})
	}
}

// The answer to a finished upload is lost: the next allocation says so.
func TestUploadWithoutAnswer(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0), s.allocated("COMPLETED", 7))
	s.on(uploadRequest, reset(""))
	c, _ := newTestClient(t, s)
	var progress int64
	u := textUpload("content")
	u.Progress = func(n int64) { progress += n }
	done, err := c.Upload(t.Context(), u)
	if err != nil || done != (Uploaded{Sent: 7}) || progress != 7 {
		t.Errorf("got %+v, %v, progress %d", done, err, progress)
	}
}

func TestUploadGivesUp(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, answer(420, ""))
	c, _ := newTestClient(t, s)
	_, err := c.Upload(t.Context(), textUpload("content"))
	var refused *APIError
	if !errors.As(err, &refused) || refused.Status != 420 || len(s.seen(uploadRequest)) != 4 {
		t.Errorf("got %v after %d tries", err, len(s.seen(uploadRequest)))
	}
}

// The service has less than it said a moment ago: it is asked again where to go on.
func TestUploadOfWhatBeganAnew(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 5), s.allocated("INCOMPLETE", 2), s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, jfsError(416, "RequestedRangeNotSatisfiedException"), stored("content"))
	c, _ := newTestClient(t, s)
	if _, err := c.Upload(t.Context(), textUpload("content")); err != nil {
		t.Error(err)
	}
	if asked := s.seen(uploadRequest); len(asked) != 2 || asked[1].Header.Get("Range") != "bytes=2-6" {
		t.Errorf("asked was %+v", asked)
	}
	whole := newScript(t)
	whole.on(allocateRequest, whole.allocated("INCOMPLETE", 0))
	whole.on(uploadRequest, jfsError(416, "RequestedRangeNotSatisfiedException"))
	c, _ = newTestClient(t, whole)
	if _, err := c.Upload(t.Context(), textUpload("content")); err == nil || len(whole.seen(uploadRequest)) != 1 {
		t.Errorf("got %v after %d tries; nothing less than all can be sent", err, len(whole.seen(uploadRequest)))
	}
}

// A service that refuses every second request for a while does not make an upload fail:
// only so many refusals in a row do, and so many broken transfers.
func TestUploadBetweenRefusals(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	busy, allocated := answer(429, ""), s.allocated("INCOMPLETE", 0)
	s.on(allocateRequest, busy, busy, allocated, busy, busy, allocated)
	s.on(uploadRequest, busy, stored("content"))
	c, _ := newTestClient(t, s)
	if _, err := c.Upload(t.Context(), textUpload("content")); err != nil {
		t.Error(err)
	}
	if n := c.Stats().Retries; n != 5 {
		t.Errorf("%d retries, want 5", n)
	}
}

// A big file over a bad line comes through, however often it breaks: each good
// piece gives the retries back.
func TestUploadInManyPieces(t *testing.T) {
	t.Parallel()
	const piece, pieces = 1 << 20, 10
	content := strings.Repeat("x", piece*pieces)
	s := newScript(t)
	for i := range int64(pieces) {
		s.on(allocateRequest, s.allocated("INCOMPLETE", i*piece))
		s.on(uploadRequest, reset(""))
	}
	s.on(allocateRequest, s.allocated("COMPLETED", 0))
	s.answers[allocateRequest][pieces] = answer(200, `{"state":"COMPLETED"}`)
	c, clock := newTestClient(t, s, func(o *Options) { o.Retries = 1 })
	if _, err := c.Upload(t.Context(), textUpload(content)); err != nil || len(clock.slept) != pieces {
		t.Errorf("got %v after %d waits", err, len(clock.slept))
	}
}

// All has arrived and yet it is not complete: it is sent again from the start.
func TestUploadOfAFullButIncompleteFile(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"INCOMPLETE", "CORRUPT"} {
		s := newScript(t)
		s.on(allocateRequest, s.allocated(state, 7))
		s.on(uploadRequest, stored("content"))
		c, _ := newTestClient(t, s)
		if _, err := c.Upload(t.Context(), textUpload("content")); err != nil {
			t.Fatal(err)
		}
		if sent := s.seen(uploadRequest)[0]; sent.body != "content" || sent.Header.Get("Range") != "" {
			t.Errorf("%s: sent %q", state, sent.body)
		}
	}
}

func TestUploadOfNothing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
	s.on(uploadRequest, stored(""))
	c, _ := newTestClient(t, s)
	if _, err := c.Upload(t.Context(), textUpload("")); err != nil {
		t.Fatal(err)
	}
	sent := s.seen(uploadRequest)[0]
	if sent.Header.Get("Content-Length") != "0" || len(sent.TransferEncoding) > 0 {
		t.Errorf("sent with %v %v", sent.Header, sent.TransferEncoding)
	}
	wrong := textUpload("")
	wrong.MD5[0]++
	if _, err := c.Upload(t.Context(), wrong); !errors.Is(err, ErrContentChanged) {
		t.Errorf("got %v", err)
	}
}

func TestUploadRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, newScript(t))
	for name, change := range map[string]func(*Upload){
		"backupdir":     func(u *Upload) { u.Path = "/mybox/backup" },
		"name too long": func(u *Upload) { u.Path = Path("/mybox/backup/" + strings.Repeat("x", 256)) },
		"negative size": func(u *Upload) { u.Size = -1 },
		"unknown MD5":   func(u *Upload) { u.MD5 = MD5{} },
		"no content":    func(u *Upload) { u.Content = nil },
	} {
		u := textUpload("content")
		change(&u)
		if _, err := c.Upload(t.Context(), u); err == nil || c.Stats().Requests > 0 {
			t.Errorf("%s: %v after %d requests", name, err, c.Stats().Requests)
		}
	}
}

func TestWireTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		time time.Time
		want string
	}{
		{time.Time{}, "0001-01-01T00:00:00Z"},
		{time.Unix(-1, 0), "1969-12-31T23:59:59Z"},
		{time.Unix(0, -1), "1969-12-31T23:59:59Z"},
		{time.Unix(1<<31, 999_999_999), "2038-01-19T03:14:08Z"},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", -3600)), "2026-01-02T04:04:05Z"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "9999-12-31T23:59:59Z"},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)), "9999-12-31T23:59:59Z"},
		{time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)), "0001-01-01T00:00:00Z"},
		{time.Unix(math.MaxInt64, 0), ""},
		{time.Unix(math.MinInt64, 0), ""},
	}
	for _, tt := range tests {
		got := wireTime(tt.time)
		if _, err := time.Parse(time.RFC3339, got); err != nil || tt.want != "" && got != tt.want {
			t.Errorf("wireTime(%v) = %s, want %s", tt.time, got, tt.want)
		}
	}
}
