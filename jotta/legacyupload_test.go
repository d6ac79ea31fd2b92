package jotta

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const legacyFile = "POST /jfs/u1/mybox/backup/a.txt"

// legacy answers ?cphash=true and ?umode=nomultipart, which share an address.
func legacy(cphash http.HandlerFunc, uploads ...http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.RawQuery == "cphash=true":
			cphash(w, r)
		case len(uploads) == 0:
			answer(http.StatusTeapot, "one upload too many")(w, r)
		default:
			next := uploads[0]
			if len(uploads) > 1 {
				uploads = uploads[1:]
			}
			next(w, r)
		}
	}
}

func fileDocument(element, state, content string, size int) http.HandlerFunc {
	return answer(201, fmt.Sprintf(`<file name="a.txt" uuid="1"><%s><number>1</number><state>%s</state><size>%d</size><md5>%X</md5></%[1]s></file>`,
		element, state, size, md5.Sum([]byte(content))))
}

func whole(content string) http.HandlerFunc {
	return fileDocument("currentRevision", "COMPLETED", content, len(content))
}

func (s *script) uploads() []request {
	var found []request
	for _, r := range s.seen(legacyFile) {
		if r.URL.RawQuery == "umode=nomultipart" {
			found = append(found, r)
		}
	}
	return found
}

var noSuchFile = jfsError(404, "NoSuchFileException")

func TestLegacyUploadOnTheWire(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"page": answer(404, "<html>no such page</html>"), "nothing": answer(404, ""), "JFS": jfsError(404, "NoSuchPathException"),
		"405": answer(405, ""), "501": answer(501, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, up := newScript(t), newScript(t)
			s.on(allocateRequest, refusal)
			s.on(legacyFile, legacy(noSuchFile))
			up.on(legacyFile, legacy(noSuchFile, whole("content")))
			c, _ := newTestClient(t, s, func(o *Options) { o.Endpoints.Upload = up.URL + "/jfs" })
			u := textUpload("content")
			u.Created = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)
			var progress int64
			u.Progress = func(n int64) { progress += n }
			if done, err := c.Upload(t.Context(), u); err != nil || done != (Uploaded{Sent: 7}) || progress != 7 {
				t.Fatalf("got %+v, %v, progress %d", done, err, progress)
			}
			sent := up.uploads()[0]
			got := []string{sent.body, sent.Header.Get("JMd5"), sent.Header.Get("JSize"), sent.Header.Get("JCreated"), sent.Header.Get("JModified"),
				sent.Header.Get("Range"), sent.Header.Get("Content-Type"), sent.Header.Get("X-JottaAPIVersion")}
			want := []string{"content", "9a0364b9e99bb480dd25e1f0284c8555", "7", "0001-01-01-T00:00:00Z", "2026-01-02-T03:04:05Z", "", "application/octet-stream", "2.2"}
			if diff := cmp.Diff(want, got); diff != "" || sent.ContentLength != 7 {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if _, err := c.Upload(t.Context(), u); err != nil || len(s.seen(allocateRequest)) != 1 {
				t.Errorf("again: %v, %d allocations", err, len(s.seen(allocateRequest)))
			}
		})
	}
}

// Without an upload host of its own, a service takes uploads where its JFS is.
func TestLegacyUploadHost(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, answer(404, ""))
	s.on(legacyFile, legacy(noSuchFile, whole("content")))
	c, _ := newTestClient(t, s, func(o *Options) { o.Endpoints.Upload = "" })
	if _, err := c.Upload(t.Context(), textUpload("content")); err != nil {
		t.Error(err)
	}
	own, err := New(Options{Authorizer: BasicAuth("u1", "x")})
	if err != nil || own.uploadBase() != "https://up.jottacloud.com/jfs" {
		t.Errorf("got %s, %v", own.uploadBase(), err)
	}
}

// That a path cannot be allocated says nothing of allocation.
func TestUploadIsNotLegacyForAnyRefusal(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"no device": answer(404, `{"code":404,"error_id":"NoSuchPathException","message":"no device"}`),
		"bad name":  answer(400, `{"error_id":"InvalidArgumentException"}`), "bare 400": answer(400, ""), "forbidden": answer(403, ""),
		"sign-in": answer(401, ""), "trouble": answer(503, ""), "gateway": answer(502, "<html></html>"), "reset": reset(""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, refusal)
			s.on(legacyFile, legacy(noSuchFile, whole("content")))
			c, _ := newTestClient(t, s)
			if _, err := c.Upload(t.Context(), textUpload("content")); err == nil || len(s.seen(legacyFile)) > 0 {
				t.Errorf("got %v after %d legacy requests", err, len(s.seen(legacyFile)))
			}
		})
	}
}

// JottaCloud has allocation, whatever a proxy on the way there answers.
func TestUploadToJottaCloudIsNeverLegacy(t *testing.T) {
	t.Parallel()
	var hosts []string
	c, err := New(Options{Authorizer: BasicAuth("u1", "x"), Transport: roundTrip(func(r *http.Request) *http.Response {
		hosts = append(hosts, r.URL.Host)
		return &http.Response{StatusCode: 404, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<html>blocked</html>")), Request: r}
	})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Upload(t.Context(), textUpload("content"))
	if diff := cmp.Diff([]string{"api.jottacloud.com"}, hosts); diff != "" || !errors.Is(err, ErrNotFound) {
		t.Errorf("%v\n%s", err, diff)
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// A service that knows neither way is not taken for an old one.
func TestUploadThatIsRefusedInBothWays(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, answer(405, "<html>not allowed</html>"), s.allocated("COMPLETED", 7))
	s.on(legacyFile, answer(404, ""))
	c, _ := newTestClient(t, s)
	var refused *APIError
	if _, err := c.Upload(t.Context(), textUpload("content")); !errors.As(err, &refused) || refused.Status != 405 {
		t.Errorf("got %v", err)
	}
	if _, err := c.Upload(t.Context(), textUpload("content")); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestLegacyUploadOfWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(allocateRequest, answer(404, ""))
	s.on(legacyFile, legacy(whole("content")))
	c, _ := newTestClient(t, s)
	u := textUpload("content")
	u.Content = failingContent{}
	done, err := c.Upload(t.Context(), u)
	if err != nil || done != (Uploaded{Deduplicated: true}) {
		t.Errorf("got %+v, %v", done, err)
	}
}

// Only an answer that shows the content spares sending it.
func TestLegacyUploadWithoutCphash(t *testing.T) {
	t.Parallel()
	trashed := answer(200, fmt.Sprintf(`<file deleted=""><currentRevision><state>COMPLETED</state><size>7</size><md5>%x</md5></currentRevision></file>`, md5.Sum([]byte("content"))))
	for name, cphash := range map[string]http.HandlerFunc{
		"400": answer(400, ""), "405": answer(405, ""), "501": answer(501, ""), "page": answer(200, "<html></html>"), "other": whole("another"),
		"trashed": trashed, "incomplete": fileDocument("latestRevision", "INCOMPLETE", "content", 7), "empty": answer(200, ""),
		"other size": fileDocument("currentRevision", "COMPLETED", "content", 6),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, answer(404, ""))
			s.on(legacyFile, legacy(cphash, whole("content")))
			c, _ := newTestClient(t, s)
			if done, err := c.Upload(t.Context(), textUpload("content")); err != nil || done != (Uploaded{Sent: 7}) {
				t.Errorf("got %+v, %v", done, err)
			}
		})
	}
}

func TestLegacyUploadMakesTheFolder(t *testing.T) {
	t.Parallel()
	const at = "POST /jfs/u1/mybox/backup/new/a.txt"
	s := newScript(t)
	s.on(allocateRequest, answer(404, ""))
	missing := jfsError(404, "NoSuchPathException")
	s.on(at, missing, missing, whole("content"))
	s.on("POST /jfs/u1/mybox/backup/new", answer(200, `<folder name="new"/>`))
	c, _ := newTestClient(t, s, func(o *Options) { o.Retries = 0 })
	u := textUpload("content")
	u.Path = "/mybox/backup/new/a.txt"
	if _, err := c.Upload(t.Context(), u); err != nil {
		t.Error(err)
	}
	if made := s.seen("POST /jfs/u1/mybox/backup/new"); len(made) != 1 || made[0].URL.RawQuery != "mkDir=true" {
		t.Errorf("%d folders made", len(made))
	}
}

// 201 is what a legacy upload is answered by, whatever came of it: only the document
// tells.
func TestLegacyUploadThatCameToLess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		first, present http.HandlerFunc
		then, ranged   string
	}{
		{"incomplete", fileDocument("latestRevision", "INCOMPLETE", "content", 3), fileDocument("latestRevision", "INCOMPLETE", "content", 3), "tent", "bytes=3-6"},
		{"corrupt", fileDocument("latestRevision", "CORRUPT", "content", 0), fileDocument("latestRevision", "CORRUPT", "content", 0), "content", ""},
		{"processing", fileDocument("latestRevision", "PROCESSING", "content", 7), fileDocument("latestRevision", "PROCESSING", "content", 7), "content", ""},
		{"another's", fileDocument("latestRevision", "INCOMPLETE", "content", 3), fileDocument("latestRevision", "INCOMPLETE", "another", 3), "content", ""},
		{"too long", fileDocument("latestRevision", "INCOMPLETE", "content", 3), fileDocument("latestRevision", "INCOMPLETE", "content", 8), "content", ""},
		{"negative", fileDocument("latestRevision", "INCOMPLETE", "content", 3), fileDocument("latestRevision", "INCOMPLETE", "content", -1), "content", ""},
		{"full", fileDocument("latestRevision", "INCOMPLETE", "content", 7), fileDocument("latestRevision", "INCOMPLETE", "content", 7), "content", ""},
		{"gone", reset("<file"), noSuchFile, "content", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, answer(404, ""))
			s.on(legacyFile, legacy(noSuchFile, tt.first, whole("content")))
			s.on("GET /jfs/u1/mybox/backup/a.txt", tt.present)
			c, clock := newTestClient(t, s)
			if _, err := c.Upload(t.Context(), textUpload("content")); err != nil || len(clock.slept) != 1 {
				t.Fatalf("got %v after %d waits", err, len(clock.slept))
			}
			if again := s.uploads()[1]; again.body != tt.then || again.Header.Get("Range") != tt.ranged {
				t.Errorf("sent %q with %v", again.body, again.Header)
			}
		})
	}
}

func TestLegacyUploadOfWrongAnswers(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]http.HandlerFunc{
		"page": answer(201, "<html></html>"), "nothing": answer(201, ""), "other content": whole("another"),
		"other size": fileDocument("currentRevision", "COMPLETED", "content", 6), "no revision": answer(201, `<file name="a.txt"/>`),
		"json": answer(201, `{"bytes":7}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, answer(404, ""))
			s.on(legacyFile, legacy(noSuchFile, wrong))
			c, _ := newTestClient(t, s)
			if _, err := c.Upload(t.Context(), textUpload("content")); !errors.Is(err, ErrBadAnswer) || len(s.uploads()) != 1 {
				t.Errorf("got %v after %d uploads", err, len(s.uploads()))
			}
		})
	}
	s := newScript(t)
	s.on(allocateRequest, answer(404, ""))
	s.on(legacyFile, legacy(noSuchFile, fileDocument("latestRevision", "CORRUPT", "content", 0)))
	s.on("GET /jfs/u1/mybox/backup/a.txt", noSuchFile)
	c, _ := newTestClient(t, s)
	if _, err := c.Upload(t.Context(), textUpload("content")); err == nil || !strings.Contains(err.Error(), "CORRUPT") || len(s.uploads()) != 4 {
		t.Errorf("got %v after %d uploads", err, len(s.uploads()))
	}
}
