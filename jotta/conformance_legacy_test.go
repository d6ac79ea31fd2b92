package jotta_test

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// listingKinds are the servers that a tree can be listed on, with the number of
// requests for a tree of five folders, once the client knows the server.
var listingKinds = []struct {
	name     string
	kind     emulator.Options
	route    string
	requests int
	says     string
}{
	{"every folder named", emulator.Options{}, "liststream", 1, ""},
	{"folders named by files", emulator.Options{SparseListing: true}, "liststream", 1, ""},
	{"flat", emulator.Options{Lacks: []string{"liststream"}}, "filedirlist", 1, "mode=list"},
	{"folder by folder", emulator.Options{Lacks: []string{"liststream", "filedirlist"}}, "metadata", 5, "folder by folder"},
	{"legacy", emulator.Options{Legacy: true}, "metadata", 5, "folder by folder"},
}

func TestCloudListsAlikeInEveryWay(t *testing.T) {
	t.Parallel()
	for _, tt := range listingKinds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c := newCloudOf(t, tt.kind, logTo(&log))
			want := c.plantTree("/mybox/backup/top")
			c.want("/mybox/backup/top", want)
			if n := strings.Count(log.String(), "an older way"); (n == 1) != (tt.says != "") || !strings.Contains(log.String(), tt.says) {
				t.Errorf("logged:\n%s", log.String())
			}
			c.server.ResetRequests()
			c.want("/MYBOX/Backup/TOP", want)
			if got := c.routes(); len(got) != tt.requests || slices.ContainsFunc(got, func(r string) bool { return r != tt.route }) {
				t.Errorf("a listing took %q", got)
			}
			c.want("/mybox/backup/top/gone", map[string]string{})
			c.want("/mybox/backup/nothing", map[string]string{})
			c.trash("/mybox/backup/top", "dlDir")
			c.want("/mybox/backup/top", map[string]string{})
		})
	}
}

// plantTree makes five folders, with what counts as present and what does not.
func (c *cloud) plantTree(top jotta.Path) map[string]string {
	c.t.Helper()
	if err := c.CreateBackupdir(c.t.Context(), top); err != nil {
		c.t.Fatal(err)
	}
	want := map[string]string{
		"a.txt": "one", "sub/b & c.txt": "two", "sub/deep/a:b \"x\".txt": "three", "sub/deep/empty": "", "100%/bad\xff": "four",
	}
	for name, content := range want {
		c.put(top.Join(name), content)
	}
	c.put(top.Join("sub/older.txt"), "complete")
	want["sub/older.txt"] = "complete"
	c.leaveBehind(top.Join("sub/older.txt"), "the newer one is not complete", 5)
	c.leaveBehind(top.Join("sub/half.iso"), "never was complete", 5)
	c.leaveBehind(top.Join("corrupt.iso"), "never was right", -1)
	c.put(top.Join("sub/trashed.txt"), "in the trash")
	c.trash(top.Join("sub/trashed.txt"), "dl")
	c.put(top.Join("gone/inner/x.txt"), "in the trash, too")
	c.trash(top.Join("gone"), "dlDir")
	c.trash(top.Join("nothing in it"), "mkDir")
	return want
}

// leaveBehind is what another client leaves: n bytes of content, or wrong ones.
func (c *cloud) leaveBehind(path jotta.Path, content string, n int) {
	c.t.Helper()
	body := strings.Repeat("x", len(content))
	if n >= 0 {
		body = content[:n]
	}
	c.post(path, "umode=nomultipart", body, http.Header{
		"Jmd5": {fmt.Sprintf("%x", md5.Sum([]byte(content)))}, "Jsize": {fmt.Sprint(len(content))},
	})
}

func (c *cloud) trash(path jotta.Path, verb string) {
	c.t.Helper()
	c.post(path, verb+"=true", "", nil)
}

func (c *cloud) post(path jotta.Path, query, body string, header http.Header) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.URL.Path, req.URL.RawQuery = "/jfs/u1"+string(path), query
	for name, values := range header {
		req.Header[name] = values
	}
	req.SetBasicAuth("u1", "secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode > 299 {
		c.t.Fatalf("%s ?%s: %s %s", path, query, resp.Status, text)
	}
}

func (c *cloud) routes() []string {
	var routes []string
	for _, r := range c.server.Requests() {
		routes = append(routes, r.Route)
	}
	return routes
}

func logTo(log *bytes.Buffer) func(*jotta.Options) {
	return func(o *jotta.Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) }
}

func TestCloudSaysWhatIsMissingInEveryWay(t *testing.T) {
	t.Parallel()
	for _, tt := range listingKinds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCloudOf(t, tt.kind)
			var device *jotta.NoDeviceError
			if _, err := c.List(t.Context(), "/nobox/backup/x"); !errors.As(err, &device) {
				t.Errorf("got %v", err)
			}
			if listing, err := c.List(t.Context(), "/mybox/backup/x"); err != nil || !listing.MissingBackupdir {
				t.Errorf("got %+v, %v", listing, err)
			}
			var backupdir *jotta.NoBackupdirError
			_, err := c.List(t.Context(), "/jotta/backup/x")
			if !errors.As(err, &backupdir) || !errors.Is(err, jotta.ErrNotFound) {
				t.Fatalf("got %v", err)
			}
			want := &jotta.NoBackupdirError{Device: "Jotta", Backupdir: "backup", Existing: []string{"Archive", "Shared", "Sync"}}
			if diff := cmp.Diff(want, backupdir); diff != "" || !strings.Contains(err.Error(), `"Archive", "Shared", "Sync"`) {
				t.Errorf("%v\n%s", err, diff)
			}
			if listing, err := c.List(t.Context(), "/Jotta/archive/x"); err != nil || listing.MissingBackupdir {
				t.Errorf("got %+v, %v", listing, err)
			}
		})
	}
}

// Only a refusal of the way itself leads to an older one.
func TestCloudInTroubleIsNotListedInAnOlderWay(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 429, 500, 503} {
		c := newCloud(t)
		if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
			t.Fatal(err)
		}
		c.server.ResetRequests()
		c.server.Inject(emulator.Fault{Route: "liststream", Status: status, Times: 100})
		if listing, err := c.List(t.Context(), "/mybox/backup"); listing != nil || err == nil {
			t.Errorf("%d: got %v, %v", status, listing, err)
		}
		for _, route := range c.routes() {
			if route != "liststream" {
				t.Errorf("%d led to %q", status, route)
			}
		}
	}
}

// A listing by many requests is whole although some of them fail, or is none.
func TestCloudFolderByFolderIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, emulator.Options{Legacy: true})
	want := c.plantTree("/mybox/backup/top")
	c.server.Inject(
		emulator.Fault{Route: "metadata", Path: "top/sub", Status: 503, Times: 5},
		emulator.Fault{Route: "metadata", Path: "100", CutAnswer: 150, Times: 5},
		emulator.Fault{Route: "metadata", Path: "nothing", Reset: true, Times: 5},
	)
	c.want("/mybox/backup/top", want)
	for _, tt := range []struct {
		fault emulator.Fault
		want  error
	}{
		{emulator.Fault{Status: 503, Times: 6}, jotta.ErrUnavailable},
		{emulator.Fault{CutAnswer: 150, Times: 6}, jotta.ErrTornListing},
		{emulator.Fault{Status: 404, ErrorID: "NoSuchPathException"}, jotta.ErrTornListing},
		{emulator.Fault{Status: 403}, jotta.ErrForbidden},
	} {
		tt.fault.Route, tt.fault.Path = "metadata", "top/sub/deep"
		c.server.Inject(tt.fault)
		listing, err := c.List(t.Context(), "/mybox/backup/top")
		if listing != nil || !errors.Is(err, tt.want) || errors.Is(err, jotta.ErrNotFound) {
			t.Errorf("%+v: got %v, %v", tt.fault, listing, err)
		}
	}
	c.want("/mybox/backup/top", want)
}

func TestLegacyUpload(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := newCloudOf(t, emulator.Options{Legacy: true}, logTo(&log))
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("the same ", 1000)
	first := c.put("/mybox/backup/new/a", content)
	if got := c.routes()[1:]; !slices.Equal(got, []string{"unknown", "cphash", "legacyUpload"}) {
		t.Errorf("the first upload took %q", got)
	}
	c.server.ResetRequests()
	again := c.put("/mybox/backup/new/a", content)
	copied := c.put("/mybox/backup/b", content)
	other := c.put("/mybox/backup/b", "other")
	if first != (jotta.Uploaded{Sent: 9000}) || other != (jotta.Uploaded{Sent: 5}) || !again.Deduplicated || !copied.Deduplicated || again.Sent+copied.Sent != 0 {
		t.Errorf("got %+v, %+v, %+v, %+v", first, again, copied, other)
	}
	if got := c.routes(); !slices.Equal(got, []string{"cphash", "cphash", "cphash", "legacyUpload"}) {
		t.Errorf("later uploads took %q", got)
	}
	c.put("/mybox/backup/empty", "")
	c.want("/mybox/backup", map[string]string{"new/a": content, "b": "other", "empty": ""})
	modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if files := c.server.Tree("/mybox/backup"); !files[0].Modified.Equal(modified) {
		t.Errorf("got %+v", files)
	}
	if n := strings.Count(log.String(), "in the old way"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}

func TestLegacyUploadResumes(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, emulator.Options{Legacy: true})
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	c.server.Inject(
		emulator.Fault{Name: "cut", Route: "legacyUpload", CutRequest: 300_000},
		emulator.Fault{Name: "again", Route: "legacyUpload", CutRequest: 1},
		emulator.Fault{Name: "busy", Route: "cphash", Nth: 2, Status: 503},
		emulator.Fault{Name: "lost answer", Route: "legacyUpload", After: true},
	)
	var progress int64
	u := upload("/mybox/backup/a", content)
	u.Progress = func(n int64) { progress += n }
	done, err := c.Upload(t.Context(), u)
	if err != nil || done.Deduplicated || progress != 1<<20 {
		t.Fatalf("got %+v, %v, progress %d", done, err, progress)
	}
	c.want("/mybox/backup", map[string]string{"a": content})
	var received int64
	for _, r := range c.server.Requests() {
		if r.Route == "legacyUpload" {
			received += r.Received
		}
	}
	if received > 1<<20+128<<10 {
		t.Errorf("%d bytes arrived, %d of them twice", received, received-1<<20)
	}
}

func TestLegacyUploadResumesWhatAnotherRunBegan(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, emulator.Options{Legacy: true}, func(o *jotta.Options) { o.Retries = 0 })
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	c.server.Inject(emulator.Fault{Route: "legacyUpload", CutRequest: 500_000})
	if _, err := c.Upload(t.Context(), upload("/mybox/backup/a", content)); !errors.Is(err, jotta.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	c.want("/mybox/backup", map[string]string{})
	if done := c.put("/mybox/backup/a", content); done != (jotta.Uploaded{Sent: 1<<20 - 500_000, Resumed: 500_000}) {
		t.Errorf("got %+v", done)
	}
	c.want("/mybox/backup", map[string]string{"a": content})
}

func TestLegacyUploadNeverCompletesWrongBytes(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, emulator.Options{Legacy: true})
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	c.put("/mybox/backup/a", "before")
	for _, now := range []string{"announced but changeD", "announced"} {
		u := upload("/mybox/backup/a", "announced but changed")
		u.Content = strings.NewReader(now)
		if _, err := c.Upload(t.Context(), u); !errors.Is(err, jotta.ErrContentChanged) {
			t.Errorf("got %v", err)
		}
		c.want("/mybox/backup", map[string]string{"a": "before"})
	}
	c.leaveBehind("/mybox/backup/a", "announced but changed", -1) // CORRUPT
	c.put("/mybox/backup/a", "announced but changed")
	c.want("/mybox/backup", map[string]string{"a": "announced but changed"})
}

func TestLegacyUploadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := newCloudOf(t, emulator.Options{Legacy: true})
	if _, err := c.Upload(t.Context(), upload("/nobox/backup/a", "x")); !errors.Is(err, jotta.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	if err := c.server.SetQuota(10); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(t.Context(), upload("/mybox/backup/a", "more than ten bytes")); !errors.Is(err, jotta.ErrQuota) {
		t.Errorf("got %v", err)
	}
	if err := c.server.SetWriteLocked(true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(t.Context(), upload("/mybox/backup/a", "few")); !errors.Is(err, jotta.ErrWriteLocked) {
		t.Errorf("got %v", err)
	}
}
