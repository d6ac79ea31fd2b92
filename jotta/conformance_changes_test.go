package jotta_test

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/jotta"
)

const backup = jotta.Path("/mybox/backup")

func newBackup(t *testing.T, change ...func(*jotta.Options)) *cloud {
	t.Helper()
	c := newCloud(t, change...)
	if err := c.CreateBackupdir(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCloudStat(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/sub/File.txt", "before")
	c.put(backup+"/sub/File.txt", "content")
	c.leaveBehind(backup+"/sub/File.txt", "a newer one that is not complete", 5)
	c.leaveBehind(backup+"/half", "never was complete", 5)
	c.leaveBehind(backup+"/corrupt", "never was right", -1)
	c.put(backup+"/trashed", "x")
	c.trash(backup+"/trashed", "dl")
	c.put(backup+"/gone/file", "x")
	c.trash(backup+"/gone", "dlDir")

	want := jotta.RemoteFile{
		Name: "File.txt", Size: 7, MD5: md5.Sum([]byte("content")), Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	for _, p := range []jotta.Path{"/sub/File.txt", "/SUB/fILE.txt"} {
		got, err := c.Stat(t.Context(), backup+p)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", p, err, diff)
		}
	}
	for _, p := range []jotta.Path{"/none", "/none/none", "/half", "/corrupt", "/trashed", "/gone/file", "/gone", "/sub/File.txt/x"} {
		if got, err := c.Stat(t.Context(), backup+p); !errors.Is(err, jotta.ErrNotFound) || got != (jotta.RemoteFile{}) {
			t.Errorf("%s: got %+v, %v", p, got, err)
		}
	}
	_, err := c.Stat(t.Context(), backup+"/sub")
	if err == nil || err.Error() != `look up "/mybox/backup/sub": it is a folder in the cloud, not a file` {
		t.Errorf("of a folder: %v", err)
	}
}

func TestCloudTrash(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.put(backup+"/sub/a", "one")
	c.put(backup+"/sub/b", "two")
	c.put(backup+"/c", "three")
	c.server.ResetRequests()
	for _, p := range []jotta.Path{"/SUB/A", "/sub/a", "/none", "/none/none"} {
		if err := c.Trash(t.Context(), backup+p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if got := c.routes(); got[0] != "dl" || got[1] != "dl" {
		t.Errorf("one file took more than one request: %q", got)
	}
	err := c.Trash(t.Context(), backup+"/sub")
	if err == nil || err.Error() != `trash "/mybox/backup/sub": it is a folder in the cloud, not a file` {
		t.Errorf("of a folder: %v", err)
	}
	c.want(backup, map[string]string{"sub/b": "two", "c": "three"})
	if kept := c.document(backup + "/sub/a"); !strings.Contains(kept, "deleted=") {
		t.Errorf("it is not in the trash: %s", kept)
	}
}

func TestCloudPurge(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	for _, name := range []jotta.Path{"/sub/a", "/sub/b", "/c"} {
		c.put(backup+name, "one")
	}
	if err := c.Trash(t.Context(), backup+"/sub/b"); err != nil {
		t.Fatal(err)
	}
	c.server.ResetRequests()
	for _, p := range []jotta.Path{"/sub/A", "/sub/b", "/sub/a", "/none/none"} {
		if err := c.Purge(t.Context(), backup+p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if got := c.routes(); got[0] != "rm" || got[1] != "rm" {
		t.Errorf("one file took more than one request: %q", got)
	}
	if err := c.Purge(t.Context(), backup+"/sub"); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("of a folder: %v", err)
	}
	c.want(backup, map[string]string{"c": "one"})
	for _, p := range []jotta.Path{"/sub/a", "/sub/b"} {
		if kept := c.document(backup + p); !strings.Contains(kept, "NoSuchFile") {
			t.Errorf("%s is still there: %s", p, kept)
		}
	}
}

func TestCloudTrashEmptyFolder(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	c.trash(backup+"/empty", "mkDir")
	c.trash(backup+"/outer/inner", "mkDir")
	c.put(backup+"/full/a", "one")
	c.put(backup+"/cleared/a", "one")
	c.put(backup+"/cleared/sub/b", "two")
	c.trash(backup+"/cleared/a", "dl")
	c.trash(backup+"/cleared/sub", "dlDir")
	c.leaveBehind(backup+"/arriving/half", "not complete", 5)
	for _, p := range []jotta.Path{"/outer", "/full", "/arriving", "/Full"} {
		if err := c.TrashEmptyFolder(t.Context(), backup+p); !errors.Is(err, jotta.ErrNotEmpty) {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, p := range []jotta.Path{"/empty", "/EMPTY", "/cleared", "/none", "/outer/inner", "/outer"} {
		if err := c.TrashEmptyFolder(t.Context(), backup+p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if err := c.TrashEmptyFolder(t.Context(), backup+"/full/a"); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("of a file: %v", err)
	}
	asked := c.routes()
	asked = slices.DeleteFunc(asked[slices.Index(asked, "metadata"):], func(route string) bool { return route == "metadata" })
	if diff := cmp.Diff(slices.Repeat([]string{"dlDir"}, 4), asked); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	c.want(backup, map[string]string{"full/a": "one"})
	for _, p := range []jotta.Path{"/empty", "/outer", "/outer/inner", "/cleared"} {
		if kept := c.document(backup + p); !strings.Contains(kept, "deleted=") {
			t.Errorf("%s is not in the trash: %s", p, kept)
		}
	}
}

func TestCloudMove(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	for _, content := range []string{"first", "second", "third"} {
		c.put(backup+"/old/a", content)
	}
	before, err := c.Stat(t.Context(), backup+"/old/a")
	if err != nil {
		t.Fatal(err)
	}
	c.put(backup+"/back/x", "x")
	c.trash(backup+"/back", "dlDir")
	at := jotta.Path("/OLD/A")
	for _, to := range []jotta.Path{"/new/deep/b", "/new/deep/c", "/back/a", "/Top", "/old/a"} {
		c.server.ResetRequests()
		if err := c.Move(t.Context(), backup+at, backup+to); err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		if made := slices.Contains(c.routes(), "mkDir"); made != (to != "/new/deep/c" && to != "/Top") {
			t.Errorf("%s took %q", to, c.routes())
		}
		c.want(backup, map[string]string{string(to[1:]): "third"})
		after, err := c.Stat(t.Context(), backup+to)
		before.Name = after.Name
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", to, err, diff)
		}
		if n := strings.Count(c.document(backup+to), "<revision>"); n != 2 {
			t.Errorf("%s: it has %d older versions", to, n)
		}
		at = to
	}
}

func TestCloudMoveRefuses(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	want := map[string]string{"a": "one", "b": "two", "sub/c": "three"}
	for name, content := range want {
		c.put(backup.Join(name), content)
	}
	c.put(backup+"/trashed", "x")
	c.trash(backup+"/trashed", "dl")
	c.leaveBehind(backup+"/half", "not complete", 5)
	tests := []struct {
		from, to jotta.Path
		want     error
		words    string
	}{
		{"/a", "/B", jotta.ErrExists, "is a file with the MD5"},
		{"/a", "/sub", jotta.ErrExists, "is a folder"},
		{"/a", "/trashed", jotta.ErrExists, "is a file in the trash"},
		{"/a", "/half", jotta.ErrExists, "not complete"},
		{"/a", "/A", jotta.ErrExists, "same path"},
		{"/none", "/new", jotta.ErrNotFound, "not found"},
		{"/trashed", "/new", jotta.ErrNotFound, "in the trash"},
		{"/half", "/new", jotta.ErrNotFound, "no version"},
		{"/sub", "/new", nil, "it is a folder"},
		{"/a", "/b/x", nil, "409"},
		{"/a", "", nil, "backupdir"},
		{"", "/new", nil, "backupdir"},
	}
	for _, tt := range tests {
		err := c.Move(t.Context(), backup+tt.from, backup+tt.to)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
		}
	}
	if slices.Contains(c.routes(), "mv") {
		t.Error("asked for a move that had to be refused")
	}
	if err := c.Move(t.Context(), backup+"/a", "/mybox/none/a"); !errors.Is(err, jotta.ErrNotFound) {
		t.Errorf("to a backupdir that is none: %v", err)
	}
	c.want(backup, want)
}

// Every name of the corpus is looked up, moved and removed, as a file and as a folder.
func TestCloudChangesOddNames(t *testing.T) {
	t.Parallel()
	c := newBackup(t)
	names := append(corpus(), "a%2Bb", "a/b", "x=1&mv=/u1/y")
	for i, name := range names {
		if jotta.CheckName(name) != nil || strings.Contains(name, "/") {
			continue
		}
		from := backup.Join(fmt.Sprintf("%d/from %s/%s", i, name, name))
		if jotta.CheckName("from "+name) != nil {
			from = backup.Join(fmt.Sprintf("%d/%s", i, name))
		}
		to := backup.Join(fmt.Sprintf("%d/to/%s/%s", i, name, name))
		c.put(from, name)
		if err := c.Move(t.Context(), from, to); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got, err := c.Stat(t.Context(), to); err != nil || got.Name != name {
			t.Errorf("%q is now %q, %v", name, got.Name, err)
		}
		c.want(backup.Join(fmt.Sprint(i)), map[string]string{fmt.Sprintf("to/%s/%s", name, name): name})
		for _, remove := range []func() error{
			func() error { return c.Trash(t.Context(), to) },
			func() error { return c.Purge(t.Context(), to) },
			func() error { return c.TrashEmptyFolder(t.Context(), to[:len(to)-len(name)-1]) },
		} {
			if err := remove(); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	c.want(backup, map[string]string{})
}

// document is what the service says of a path, as it says it.
func (c *cloud) document(path jotta.Path) string {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.URL.Path = "/jfs/u1" + string(path)
	req.SetBasicAuth("u1", "secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}
