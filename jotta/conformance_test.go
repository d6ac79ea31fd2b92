package jotta_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// cloud is an emulator and a client of it, over real HTTP.
type cloud struct {
	*jotta.Client
	t      *testing.T
	server *emulator.Server
	url    string
}

// noWait is a clock that does not sleep.
type noWait struct{}

func (noWait) Now() time.Time { return time.Now() }

func (noWait) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func newCloud(t *testing.T, change ...func(*jotta.Options)) *cloud {
	t.Helper()
	return newCloudOf(t, emulator.Options{}, change...)
}

// newCloudOf starts an emulator that differs from others in what kind says.
func newCloudOf(t *testing.T, kind emulator.Options, change ...func(*jotta.Options)) *cloud {
	t.Helper()
	kind.Directory, kind.Username, kind.Password = t.TempDir(), "u1", "secret"
	kind.Devices, kind.NoSync = []string{"mybox"}, true
	server, err := emulator.Open(kind)
	if err != nil {
		t.Fatal(err)
	}
	running, err := emulator.Start(server, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := jotta.Options{
		Endpoints:  jotta.Endpoints{JFS: running.URL, API: running.URL, Upload: running.URL, Token: running.URL},
		Authorizer: jotta.BasicAuth("u1", "secret"),
		Retries:    5,
		Clock:      noWait{},
	}
	for _, f := range change {
		f(&o)
	}
	client, err := jotta.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		if unhit := server.UnhitFaults(); len(unhit) > 0 {
			t.Errorf("faults that never struck: %q", unhit)
		}
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	return &cloud{client, t, server, running.URL}
}

func upload(path jotta.Path, content string) jotta.Upload {
	return jotta.Upload{
		Path: path, Size: int64(len(content)), MD5: md5.Sum([]byte(content)),
		Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Content: strings.NewReader(content),
	}
}

func (c *cloud) put(path jotta.Path, content string) jotta.Uploaded {
	c.t.Helper()
	done, err := c.Upload(c.t.Context(), upload(path, content))
	if err != nil {
		c.t.Fatal(err)
	}
	return done
}

// files lists a folder as path -> MD5.
func (c *cloud) files(path jotta.Path) map[string]jotta.MD5 {
	c.t.Helper()
	listing, err := c.List(c.t.Context(), path)
	if err != nil {
		c.t.Fatal(err)
	}
	found := map[string]jotta.MD5{}
	collect(found, listing.Root())
	if len(listing.Odd()) > 0 {
		c.t.Errorf("odd: %q", listing.Odd())
	}
	return found
}

func collect(found map[string]jotta.MD5, f jotta.Folder) {
	for i := range f.NumFiles() {
		file := f.File(i)
		found[strings.TrimPrefix(f.Path()+"/"+file.Name, "/")] = file.MD5
	}
	for i := range f.NumFolders() {
		collect(found, f.Folder(i))
	}
}

func (c *cloud) want(path jotta.Path, contents map[string]string) {
	c.t.Helper()
	want := map[string]jotta.MD5{}
	for name, content := range contents {
		want[name] = md5.Sum([]byte(content))
	}
	if diff := cmp.Diff(want, c.files(path)); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestCloudUploadAndList(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	const target = "/mybox/backup/pictures"
	if err := c.CreateBackupdir(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	c.want(target, map[string]string{})
	c.put(target+"/a.txt", "one")
	c.put(target+"/2025/b.txt", "two")
	c.put(target+"/empty", "")
	c.put("/mybox/backup/other/c.txt", "three")
	want := map[string]string{"a.txt": "one", "2025/b.txt": "two", "empty": ""}
	c.want(target, want)

	c.put(target+"/a.txt", "changed")
	want["a.txt"] = "changed"
	c.want(target, want)
	c.want("/MYBOX/Backup/PICTURES", want)

	c.server.ResetRequests()
	c.put(target+"/new", "a new file costs two requests")
	c.want(target, map[string]string{"a.txt": "changed", "2025/b.txt": "two", "empty": "", "new": "a new file costs two requests"})
	var routes []string
	for _, r := range c.server.Requests() {
		routes = append(routes, r.Route)
	}
	if len(routes) != 3 {
		t.Errorf("an upload and a listing took %q", routes)
	}
}

func TestCloudDeduplicates(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("the same ", 1000)
	first := c.put("/mybox/backup/a", content)
	again := c.put("/mybox/backup/a", content)
	copied := c.put("/mybox/backup/b", content)
	if first.Deduplicated || first.Sent != 9000 || !again.Deduplicated || !copied.Deduplicated || again.Sent+copied.Sent != 0 {
		t.Errorf("got %+v, %+v, %+v", first, again, copied)
	}
	c.want("/mybox/backup", map[string]string{"a": content, "b": content})
}

func TestCloudResumes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	c.server.Inject(
		emulator.Fault{Name: "cut", Route: "upload", CutRequest: 300_000},
		emulator.Fault{Name: "again", Route: "upload", CutRequest: 1},
		emulator.Fault{Name: "busy", Route: "allocate", Nth: 2, Status: 503},
		emulator.Fault{Name: "lost answer", Route: "upload", After: true},
	)
	done := c.put("/mybox/backup/a", content)
	if done.Sent < 1<<20 {
		t.Errorf("sent %d bytes only", done.Sent)
	}
	c.want("/mybox/backup", map[string]string{"a": content})
	var received int64
	for _, r := range c.server.Requests() {
		if r.Route == "upload" {
			received += r.Received
		}
	}
	if received > 1<<20+128<<10 {
		t.Errorf("%d bytes arrived, %d of them twice", received, received-1<<20)
	}
}

// An earlier process left half of an upload behind.
func TestCloudResumesWhatAnotherRunBegan(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(o *jotta.Options) { o.Retries = 0 })
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	c.server.Inject(emulator.Fault{Route: "upload", CutRequest: 500_000})
	if _, err := c.Upload(t.Context(), upload("/mybox/backup/a", content)); !errors.Is(err, jotta.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	c.want("/mybox/backup", map[string]string{})
	done := c.put("/mybox/backup/a", content)
	if done.Resumed != 500_000 || done.Sent != 1<<20-500_000 {
		t.Errorf("got %+v", done)
	}
	c.want("/mybox/backup", map[string]string{"a": content})
}

// What changed while it was read leaves the version that was there.
func TestCloudKeepsTheVersionBefore(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
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
	c.put("/mybox/backup/a", "announced but changed")
	c.want("/mybox/backup", map[string]string{"a": "announced but changed"})
}

func TestCloudQuotaAndLock(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	if err := c.server.SetQuota(10); err != nil {
		t.Fatal(err)
	}
	_, err := c.Upload(t.Context(), upload("/mybox/backup/a", "more than ten bytes"))
	if !errors.Is(err, jotta.ErrQuota) || !strings.HasPrefix(err.Error(), `upload "/mybox/backup/a": quota exceeded`) {
		t.Errorf("got %v", err)
	}
	if err := c.server.SetWriteLocked(true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(t.Context(), upload("/mybox/backup/a", "few")); !errors.Is(err, jotta.ErrWriteLocked) {
		t.Errorf("got %v", err)
	}
	account, err := c.Account(t.Context())
	if err != nil || !account.WriteLocked || account.Username != "u1" || account.Capacity != 10 {
		t.Errorf("got %+v, %v", account, err)
	}
	if n := c.Stats().Retries; n > 0 {
		t.Errorf("tried again %d times", n)
	}
}

func TestCloudSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var missing *jotta.NoDeviceError
	if _, err := c.List(t.Context(), "/nobox/backup/x"); !errors.As(err, &missing) || !slices.Contains(missing.Existing, "mybox") {
		t.Errorf("got %v", err)
	}
	if err := c.CreateDevice(t.Context(), "nobox"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateDevice(t.Context(), "nobox"); err != nil {
		t.Errorf("again: %v", err)
	}
	for _, tt := range []struct {
		path            jotta.Path
		create, missing bool
	}{{"/nobox/backup", false, true}, {"/nobox/backup/x", false, true}, {"/nobox/backup/x", true, false}, {"/nobox/backup", true, false}} {
		if tt.create {
			if err := c.CreateBackupdir(t.Context(), tt.path); err != nil {
				t.Fatal(err)
			}
		}
		listing, err := c.List(t.Context(), tt.path)
		if err != nil || listing.MissingBackupdir != tt.missing || listing.Files() != 0 {
			t.Errorf("%s: got %+v, %v", tt.path, listing, err)
		}
	}
	if err := c.CreateBackupdir(t.Context(), "/Jotta/mine"); err == nil {
		t.Error("a backupdir on the built-in device was created")
	}
}

func TestCloudSignIn(t *testing.T) {
	t.Parallel()
	wrong := newCloud(t, func(o *jotta.Options) { o.Authorizer = jotta.BasicAuth("u1", "canary") })
	if _, err := wrong.Account(t.Context()); !errors.Is(err, jotta.ErrUnauthorized) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
	c := newCloud(t)
	bearer := newCloud(t, func(o *jotta.Options) { o.Authorizer = jotta.BearerToken("none of its tokens") })
	if _, err := bearer.Account(t.Context()); err == nil {
		t.Error("signed in with a token that is none")
	}
	if _, err := c.Account(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCloudTornListing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	c.put("/mybox/backup/a", "one")
	c.server.Inject(emulator.Fault{Route: "liststream", CutAnswer: 250, Times: 5})
	c.want("/mybox/backup", map[string]string{"a": "one"})
	c.server.Inject(emulator.Fault{Route: "liststream", CutAnswer: 250, Times: 6})
	if listing, err := c.List(t.Context(), "/mybox/backup"); listing != nil || !errors.Is(err, jotta.ErrTornListing) {
		t.Errorf("got %v, %v", listing, err)
	}
}

func TestCloudDeepPath(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("deep/", 200) + "file"
	c.put(jotta.Path("/mybox/backup").Join(deep), "x")
	c.want("/mybox/backup", map[string]string{deep: "x"})
}

func TestCloudConcurrentUploads(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup"); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	var failures int64
	tasks := pool.New().WithMaxGoroutines(8).WithErrors()
	for i := range 100 {
		name, content := fmt.Sprintf("d%d/f%d.bin", i%7, i), string(bytes.Repeat([]byte{byte(i)}, i*100))
		want[name] = content
		// As many as an upload's retries bear, at most: chance would now and then give one more.
		for route, times := range map[string]int{"allocate": i % 4, "upload": i % 3} {
			if times > 0 {
				failures += int64(times)
				c.server.Inject(emulator.Fault{Route: route, Path: name, Times: times, Status: 500})
			}
		}
		tasks.Go(func() error {
			_, err := c.Upload(t.Context(), upload(jotta.Path("/mybox/backup").Join(name), content))
			return err
		})
	}
	if err := tasks.Wait(); err != nil {
		t.Fatal(err)
	}
	c.want("/mybox/backup", want)
	if n := c.Stats().Retries; n != failures {
		t.Errorf("tried again %d times after %d failures", n, failures)
	}
}
