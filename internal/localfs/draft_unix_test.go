//go:build linux || darwin || freebsd

package localfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var aWhileAgo = time.Unix(1_600_000_000, 0)

// draftIn writes a draft in a folder.
func draftIn(t *testing.T, folder *Folder, content string) *Draft {
	t.Helper()
	draft, err := folder.OpenDraft("draft")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { draft.Close() })
	if _, err := draft.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	return draft
}

func mustRead(t *testing.T, want string, path ...string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil || string(content) != want {
		t.Errorf("%s holds %q, %v; want %q", filepath.Join(path...), content, err, want)
	}
}

func TestDraftBecomesTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := openFolder(t, openTree(t, dir), "")
	draft := draftIn(t, folder, "con")
	if info, err := os.Stat(filepath.Join(dir, "draft")); err != nil || info.Mode() != draftMode {
		t.Errorf("a draft is %v, %v", info.Mode(), err)
	}
	if err := draft.Close(); err != nil {
		t.Fatal(err)
	}
	draft, err := folder.OpenDraft("draft")
	if err != nil || draft.Size() != 3 {
		t.Fatalf("the draft that was left: %v", err)
	}
	if _, err := draft.Write([]byte("tent")); err != nil {
		t.Fatal(err)
	}
	info, err := draft.Publish(Final{Name: "file", Modified: aWhileAgo, Mode: 0o640})
	if err != nil || info.Mode != 0o640 || !info.Modified.Equal(aWhileAgo) || info.Size != 7 {
		t.Errorf("%+v, %v", info, err)
	}
	mustRead(t, "content", dir, "file")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the draft is still there: %v", entries)
	}
	if err := errors.Join(draft.Close(), folder.Sync()); err != nil {
		t.Error(err)
	}
}

func TestDraftReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(path string) error{
		"file":          func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"link":          func(path string) error { return os.Symlink("elsewhere", path) },
		"link to a dir": func(path string) error { return os.Symlink(".", path) },
	} {
		dir := t.TempDir()
		folder := openFolder(t, openTree(t, dir), "")
		draft := draftIn(t, folder, "content")
		if err := put(filepath.Join(dir, "name")); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Lstat(filepath.Join(dir, "name"))
		if _, err := draft.Publish(Final{Name: "name", Modified: aWhileAgo, Mode: 0o644}); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.Lstat(filepath.Join(dir, "name")); err != nil || !os.SameFile(before, now) {
			t.Errorf("%s: replaced, %v", name, err)
		}
		if err := draft.Discard(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(dir, "draft")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a discarded draft: %v", err)
		}
	}
}

// Without a renaming that replaces nothing, a hard link serves.
func TestRenameByLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := openFolder(t, openTree(t, dir), "")
	write(t, "content", dir, "from")
	write(t, "mine", dir, "taken")
	if err := folder.renameByLink("from", "taken"); !errors.Is(err, os.ErrExist) {
		t.Errorf("onto a file: %v", err)
	}
	mustRead(t, "mine", dir, "taken")
	if err := folder.renameByLink("from", "to"); err != nil {
		t.Error(err)
	}
	mustRead(t, "content", dir, "to")
	if _, err := folder.Lstat("from"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old name: %v", err)
	}
}

func TestDraftReplacesWhatItWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := openFolder(t, openTree(t, dir), "")
	write(t, "old", dir, "file")
	if err := os.Chmod(filepath.Join(dir, "file"), 0o604); err != nil {
		t.Fatal(err)
	}
	seen, err := folder.Lstat("file")
	if err != nil {
		t.Fatal(err)
	}
	info, err := draftIn(t, folder, "new").Publish(Final{Name: "file", Modified: aWhileAgo, Mode: 0o666, Replaces: &seen})
	if err != nil || info.Mode != 0o604 {
		t.Errorf("%v, mode %v", err, info.Mode)
	}
	mustRead(t, "new", dir, "file")

	// What is no longer as it was seen stays.
	_, err = draftIn(t, folder, "newer").Publish(Final{Name: "file", Modified: aWhileAgo, Mode: 0o666, Replaces: &seen})
	if !errors.Is(err, ErrTaken) {
		t.Error(err)
	}
	mustRead(t, "new", dir, "file")
}

// Another name of the file that is replaced may be replaced at the same time, which
// changes the file's metadata.
func TestDraftReplacesOneOfTwoNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := openFolder(t, openTree(t, dir), "")
	write(t, "old", dir, "file")
	if err := os.Link(filepath.Join(dir, "file"), filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	seen, err := folder.Lstat("file")
	if err != nil {
		t.Fatal(err)
	}
	for changed := seen.Changed; changed.Equal(seen.Changed); { // the clock of a file system has steps
		err := errors.Join(os.Remove(filepath.Join(dir, "other")), os.Link(filepath.Join(dir, "file"), filepath.Join(dir, "other")))
		now, lookErr := folder.Lstat("file")
		if err := errors.Join(err, lookErr); err != nil {
			t.Fatal(err)
		}
		changed = now.Changed
	}
	if _, err := draftIn(t, folder, "new").Publish(Final{Name: "file", Modified: aWhileAgo, Replaces: &seen}); err != nil {
		t.Error(err)
	}
	mustRead(t, "new", dir, "file")
	mustRead(t, "old", dir, "other")
}

// What has the name of a draft and was not left by this user alone is none: nothing is
// ever written through it.
func TestForeignDrafts(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(dir string) error{
		"link":      func(dir string) error { return os.Symlink("secret", filepath.Join(dir, "draft")) },
		"hard link": func(dir string) error { return os.Link(filepath.Join(dir, "secret"), filepath.Join(dir, "draft")) },
		"open to others": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "draft"), []byte("theirs"), 0o600)
		},
		"fifo":         func(dir string) error { return unix.Mkfifo(filepath.Join(dir, "draft"), draftMode) },
		"empty folder": func(dir string) error { return os.Mkdir(filepath.Join(dir, "draft"), 0o700) },
	} {
		dir := t.TempDir()
		write(t, "hidden", dir, "secret")
		if err := os.Chmod(filepath.Join(dir, "secret"), draftMode); err != nil {
			t.Fatal(err)
		}
		if err := put(dir); err != nil {
			t.Fatal(err)
		}
		if name == "open to others" {
			if err := os.Chmod(filepath.Join(dir, "draft"), 0o622); err != nil {
				t.Fatal(err)
			}
		}
		draft := draftIn(t, openFolder(t, openTree(t, dir), ""), "content")
		if draft.Size() != int64(len("content")) {
			t.Errorf("%s: gone on with: %d bytes", name, draft.Size())
		}
		mustRead(t, "hidden", dir, "secret")
		mustRead(t, "content", dir, "draft")
	}
}

func TestMakeFolder(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	tree := openTree(t, dir)
	for range 2 {
		folder, err := tree.MakeFolder("a/b/c")
		if err != nil {
			t.Fatal(err)
		}
		folder.Close()
	}
	write(t, "content", dir, "a", "file")
	if err := os.Symlink(outside, filepath.Join(dir, "a", "link")); err != nil {
		t.Fatal(err)
	}
	for _, rel := range []string{"a/file/b", "a/link/b", "a/link", "../b", "a/../b"} {
		if folder, err := tree.MakeFolder(rel); err == nil {
			folder.Close()
			t.Errorf("%s was made", rel)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

func TestLockedTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := openTree(t, dir).Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openTree(t, dir).Lock(); !errors.Is(err, ErrInUse) {
		t.Errorf("a second time: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = openTree(t, dir).Lock()
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
