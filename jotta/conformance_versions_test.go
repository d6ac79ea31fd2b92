package jotta_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// versionsOf returns what is kept of a file as "number state content", newest first.
func (c *cloud) versionsOf(p jotta.Path, contents ...string) []string {
	c.t.Helper()
	versions, err := c.Versions(c.t.Context(), p)
	if err != nil {
		c.t.Fatal(err)
	}
	known := map[jotta.MD5]string{}
	for _, content := range contents {
		known[md5.Sum([]byte(content))] = content
	}
	var found []string
	for _, v := range versions {
		line := fmt.Sprintf("%d %s %s", v.Number, v.State, known[v.MD5])
		if v.Current {
			line += " current"
		}
		if v.Trashed {
			line += " trashed"
		}
		if v.Complete() && v.Size != int64(len(known[v.MD5])) {
			line += fmt.Sprintf(" size %d", v.Size)
		}
		found = append(found, line)
	}
	return found
}

func TestCloudVersions(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
		kind.Now = func() time.Time { return now }
		c := newCloudOf(t, kind)
		if err := c.CreateBackupdir(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		contents := []string{"one", "two", "three", "four", "five", "six", "seven"}
		for _, content := range contents {
			c.put(backup+"/sub/a&b", content)
			now = now.Add(time.Hour)
		}
		c.leaveBehind(backup+"/sub/a&b", "did not come to its end", 5)
		want := []string{
			"8 INCOMPLETE did not come to its end", "7 COMPLETED seven current", "6 COMPLETED six", "5 COMPLETED five", "4 COMPLETED four", "3 COMPLETED three",
		}
		if diff := cmp.Diff(want, c.versionsOf(backup+"/SUB/A&b", append(contents, "did not come to its end")...)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		versions, err := c.Versions(t.Context(), backup+"/sub/a&b")
		if err != nil {
			t.Fatal(err)
		}
		modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		oldest := jotta.Version{
			Number: 3, State: "COMPLETED", Size: 5, MD5: md5.Sum([]byte("three")), Created: modified, Modified: modified,
			Updated: time.Date(2026, 2, 3, 6, 5, 6, 0, time.UTC),
		}
		if diff := cmp.Diff(oldest, versions[5]); diff != "" || versions[0].Size != 5 || versions[0].Complete() {
			t.Errorf("%+v, -want +got:\n%s", versions[0], diff)
		}
		c.trash(backup+"/sub", "dlDir")
		if got := c.versionsOf(backup+"/sub/a&b", contents...); len(got) != 6 || got[1] != "7 COMPLETED seven current trashed" {
			t.Errorf("in the trash: %q", got)
		}
	}
}

func TestCloudVersionsOfWhatHasNone(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/sub/a", "one")
	c.leaveBehind(backup+"/corrupt", "never was right", -1)
	for _, p := range []jotta.Path{"/none", "/none/none", "/sub/a/x"} {
		if got, err := c.Versions(t.Context(), backup+p); !errors.Is(err, jotta.ErrNotFound) || got != nil {
			t.Errorf("%s: got %+v, %v", p, got, err)
		}
	}
	_, err := c.Versions(t.Context(), backup+"/sub")
	if err == nil || err.Error() != `list versions of "/mybox/backup/sub": it is a folder in the cloud, not a file` {
		t.Errorf("of a folder: %v", err)
	}
	if got := c.versionsOf(backup+"/corrupt", "never was right"); len(got) != 1 || !strings.HasPrefix(got[0], "1 CORRUPT") {
		t.Errorf("of a corrupt file: %q", got)
	}
}

func version(content string) jotta.Version {
	at := time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC)
	return jotta.Version{State: "COMPLETED", Size: int64(len(content)), MD5: md5.Sum([]byte(content)), Created: at.Add(-time.Hour), Modified: at}
}

func TestCloudLink(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	for _, content := range []string{"one", "two", "three", "four", "five", "six"} {
		c.put(backup+"/a", content)
	}
	tests := []struct {
		path    jotta.Path
		content string
		want    error
	}{
		{"/a", "two", nil},
		{"/new/folders/b:c", "four", nil},
		{"/a", "two", nil}, // again
		{"/a", "never seen", jotta.ErrNotLinked},
		{"/b", "one", jotta.ErrNotLinked}, // too old to be kept
	}
	for _, tt := range tests {
		if err := c.Link(t.Context(), backup+tt.path, version(tt.content)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.path, err, tt.want)
		}
	}
	c.want(backup, map[string]string{"a": "two", "new/folders/b:c": "four"})
	file, err := c.Stat(t.Context(), backup+"/a")
	if err != nil || !file.Modified.Equal(version("").Modified) {
		t.Errorf("%+v, %v", file, err)
	}

	c.trash(backup+"/a", "dl")
	if err := c.Link(t.Context(), backup+"/a", version("two")); err != nil {
		t.Error(err)
	}
	c.want(backup, map[string]string{"a": "two", "new/folders/b:c": "four"})

	c.server.Inject(emulator.Fault{Route: "cphash", After: true}, emulator.Fault{Route: "cphash", Status: 503})
	if err := c.Link(t.Context(), backup+"/again", version("six")); err != nil {
		t.Error(err)
	}
	c.server.Inject(emulator.Fault{Route: "cphash", Status: 405})
	if err := c.Link(t.Context(), backup+"/b", version("six")); !errors.Is(err, jotta.ErrNotLinked) {
		t.Errorf("where it is not offered: %v", err)
	}
}

func TestCloudWithVersion(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	const target = backup + "/job"
	c.put(target+"/a", "before")
	c.put(target+"/a", "now")
	var scratch jotta.Path
	use := func(p jotta.Path) error {
		scratch = p
		c.read(p, "before")
		return nil
	}
	if err := c.WithVersion(t.Context(), target, version("before"), use); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(string(scratch), "/mybox/backup/job/.jottarun/scratch/") {
		t.Errorf("linked to %s", scratch)
	}
	c.want(target, map[string]string{"a": "now"})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	unhappy := errors.New("unhappy")
	err := c.WithVersion(ctx, target, version("before"), func(jotta.Path) error {
		cancel()
		return unhappy
	})
	if !errors.Is(err, unhappy) {
		t.Error(err)
	}
	c.want(target, map[string]string{"a": "now"})
	c.wantNothing(target + "/.jottarun/scratch")

	err = c.WithVersion(t.Context(), target, version("never seen"), func(jotta.Path) error {
		t.Error("used what is not there")
		return nil
	})
	if !errors.Is(err, jotta.ErrNotLinked) {
		t.Error(err)
	}
	// The answer says that it was not done, and it was.
	c.server.Inject(emulator.Fault{Route: "cphash", After: true, Status: 400})
	if err := c.WithVersion(t.Context(), target, version("before"), nil); !errors.Is(err, jotta.ErrNotLinked) {
		t.Error(err)
	}
	c.wantNothing(target + "/.jottarun/scratch")
}

// What cannot be removed spoils nothing that was read, and waits for the sweep.
func TestCloudWithVersionThatStays(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/job/a", "content")
	c.server.Inject(emulator.Fault{Route: "rm", Status: 403})
	err := c.WithVersion(t.Context(), backup+"/job", version("content"), func(p jotta.Path) error { c.read(p, "content"); return nil })
	if err != nil {
		t.Error(err)
	}
	if left := c.files(backup + "/job/.jottarun/scratch"); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	if err := c.SweepScratch(t.Context(), backup+"/job"); err != nil {
		t.Error(err)
	}
	c.want(backup+"/job", map[string]string{"a": "content"})
}

// wantNothing makes sure that not even the trash has anything of a folder.
func (c *cloud) wantNothing(p jotta.Path) {
	c.t.Helper()
	if kept := c.document(p); strings.Contains(kept, "<file") {
		c.t.Errorf("left behind: %s", kept)
	}
}

func TestCloudSweepScratch(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	const target = backup + "/job"
	if err := c.SweepScratch(t.Context(), target); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	c.put(target+"/a", "now")
	c.put(target+"/.jottarun/scratch/x", "left by a killed process")
	c.put(target+"/.jottarun/scratch/y:z", "left by another")
	if err := c.Trash(t.Context(), target+"/.jottarun/scratch/y:z"); err != nil {
		t.Fatal(err)
	}
	c.put(target+"/.jottarun/manifest", "not of the scratch folder")
	for range 2 {
		if err := c.SweepScratch(t.Context(), target); err != nil {
			t.Error(err)
		}
		c.want(target, map[string]string{"a": "now", ".jottarun/manifest": "not of the scratch folder"})
		c.wantNothing(target + "/.jottarun/scratch")
	}
	if err := c.Purge(t.Context(), target+"/.jottarun/manifest"); err != nil {
		t.Fatal(err)
	}
	c.put(target+"/.jottarun/scratch/x", "left by a third")
	if err := c.SweepScratch(t.Context(), target); err != nil {
		t.Error(err)
	}
	if kept := c.document(target + "/.jottarun"); !strings.Contains(kept, "deleted=") {
		t.Errorf("the folder is left: %s", kept)
	}
	// And all comes back to life when it is needed.
	if err := c.WithVersion(t.Context(), target, version("now"), func(p jotta.Path) error { c.read(p, "now"); return nil }); err != nil {
		t.Error(err)
	}
	c.want(target, map[string]string{"a": "now"})
}

func TestCloudListTrashed(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		c := newCloudOf(t, kind)
		c.plantTree(backup + "/top")
		found, err := c.ListTrashed(t.Context(), backup+"/top")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]jotta.MD5{}
		collect(got, found.Root())
		want := map[string]jotta.MD5{"sub/trashed.txt": md5.Sum([]byte("in the trash")), "gone/inner/x.txt": md5.Sum([]byte("in the trash, too"))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		var to bytes.Buffer
		if _, err := c.Download(t.Context(), download(backup+"/top/gone/inner/x.txt", "in the trash, too", &to)); err != nil {
			t.Error(err)
		}
		for _, p := range []jotta.Path{backup + "/none", "/mybox/none", "/nobox/none"} {
			if _, err := c.ListTrashed(t.Context(), p); !errors.Is(err, jotta.ErrNotFound) {
				t.Errorf("%s: %v", p, err)
			}
		}
		c.trash(backup+"/top", "dlDir")
		if found, err = c.ListTrashed(t.Context(), backup+"/top"); err != nil || found.Files() < 8 {
			t.Errorf("all in the trash: %+v, %v", found, err)
		}
	}
}

func TestCloudListFolder(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.plantTree(backup + "/top")
	c.server.ResetRequests()
	found, err := c.ListFolder(t.Context(), backup+"/top/sub")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range found.Root().NumFolders() {
		names = append(names, found.Root().Folder(i).Name()+"/")
	}
	for i := range found.Root().NumFiles() {
		names = append(names, found.Root().File(i).Name)
	}
	if diff := cmp.Diff([]string{"deep/", "b & c.txt", "older.txt"}, names); diff != "" || len(c.routes()) != 1 {
		t.Errorf("%q; -want +got:\n%s", c.routes(), diff)
	}
	for _, p := range []jotta.Path{"/top/gone", "/top/none", "/top/none/none"} {
		if _, err := c.ListFolder(t.Context(), backup+p); !errors.Is(err, jotta.ErrNotFound) {
			t.Errorf("%s: %v", p, err)
		}
	}
	var missing *jotta.NoDeviceError
	if _, err := c.ListFolder(t.Context(), "/nobox/backup"); !errors.As(err, &missing) {
		t.Errorf("of a missing device: %v", err)
	}
	if _, err := c.ListFolder(t.Context(), backup+"/top/a.txt"); err == nil || errors.Is(err, jotta.ErrNotFound) {
		t.Errorf("of a file: %v", err)
	}
}

func TestCloudBackupdirs(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/a", "four")
	found, err := c.Backupdirs(t.Context(), "MyBox")
	if err != nil || len(found) != 1 || found[0].Name != "backup" || found[0].Size != 4 || found[0].Modified.IsZero() {
		t.Errorf("got %+v, %v", found, err)
	}
	var missing *jotta.NoDeviceError
	if _, err := c.Backupdirs(t.Context(), "nobox"); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}
