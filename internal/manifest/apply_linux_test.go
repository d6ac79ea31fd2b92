package manifest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/internal/unprivileged"
)

// A tree with everything in it comes back as it was: said by system calls of the test's
// own, by rsync, and by the manifest of what was restored.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	roundTrip(t)
}

// The same for someone who is not root: what only root can do is not in that tree.
func TestRoundTripAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if unprivileged.Rerun(t) {
		roundTrip(t)
	}
}

func roundTrip(t *testing.T) {
	t.Helper()
	from, to := t.TempDir(), t.TempDir()
	reopen(t, from, to)
	for _, reason := range makeTree(t, from) {
		t.Log("not in the tree: ", reason)
	}
	want := inventory(t, from)
	data, notes := capture(t, from)
	if len(notes) > 0 {
		t.Errorf("not kept: %q", notes)
	}
	restoreContents(t, from, to)
	for round := range 2 {
		if got := apply(t, data, to, nil); len(got.failed)+len(got.withheld) > 0 {
			t.Errorf("round %d: failed %q, withheld %q", round, got.failed, got.withheld)
		}
		if diff := cmp.Diff(want, inventory(t, to)); diff != "" {
			t.Errorf("round %d:\n%s", round, diff)
		}
		if differences := rsyncDifferences(t, from, to); differences != "" {
			t.Errorf("round %d: rsync sees\n%s", round, differences)
		}
	}
	again, _ := capture(t, to)
	if !bytes.Equal(data, again) {
		t.Errorf("the restored tree has another manifest:\n%s", cmp.Diff(decompress(t, data), decompress(t, again)))
	}
}

// The second time nothing is changed, not even to what it is already.
func TestApplyTwiceTouchesNothing(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	reopen(t, from, to)
	makeTree(t, from)
	data, _ := capture(t, from)
	restoreContents(t, from, to)
	apply(t, data, to, nil)
	before := changeTimes(t, to)
	apply(t, data, to, nil)
	if diff := cmp.Diff(before, changeTimes(t, to)); diff != "" {
		t.Error(diff)
	}
}

// Files that are not of the restore, or not selected, stay as they are.
func TestApplyLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"restored", "other", "unselected"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte("x"), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"folder", "unselected folder"} {
		if err := os.Mkdir(filepath.Join(from, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	data, _ := capture(t, from)
	restoreContents(t, from, to)
	got := apply(t, data, to, func(o *Options) {
		o.Top = false
		o.Restored = func(path string) bool { return path == "restored" }
		o.Wanted = func(path string, _ bool) bool {
			return path != "unselected" && path != "unselected folder" && path != ""
		}
	})
	if got.Entries != 3 || got.Failed != 0 {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]os.FileMode{"restored": 0o640, "other": 0o600, "unselected": 0o600, "folder": 0o750 | os.ModeDir} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "unselected folder")); err == nil {
		t.Error("a folder was made that was not wanted")
	}
}

// An ACL that a folder hands down to what is restored into it may let somebody in whom
// the recorded mode does not.
func TestInheritedACLIsTakenAway(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(from, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "folder/file"), []byte("x"), 0o640); err != nil {
		t.Fatal(err)
	}
	want := inventory(t, from)
	data, _ := capture(t, from)
	if err := unix.Setxattr(to, "system.posix_acl_default", acl(), 0); err != nil {
		t.Skipf("this file system has no ACLs: %v", err)
	}
	restoreContents(t, from, to)
	apply(t, data, to, nil)
	if diff := cmp.Diff(want, inventory(t, to)); diff != "" {
		t.Error(diff)
	}
}

// A link that is wanted comes back though its folder is not.
func TestFolderOfAWantedLinkIsMade(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(from, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("x", filepath.Join(from, "a/b/link")); err != nil {
		t.Fatal(err)
	}
	data, _ := capture(t, from)
	got := apply(t, data, to, func(o *Options) {
		o.Wanted = func(path string, folder bool) bool { return path == "a/b/link" }
	})
	if target, err := os.Readlink(filepath.Join(to, "a/b/link")); err != nil || target != "x" || got.Entries != 1 || got.Failed > 0 {
		t.Errorf("%q, %v, %+v", target, err, got)
	}
}

// Names of one file whose contents differ here are two files, and stay so.
func TestHardLinkOfOtherContent(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "a"), []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(from, "a"), filepath.Join(from, "b")); err != nil {
		t.Fatal(err)
	}
	data, _ := capture(t, from)
	for name, content := range map[string]string{"a": "one", "b": "two"} {
		if err := os.WriteFile(filepath.Join(to, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := apply(t, data, to, nil)
	if len(got.failed) != 1 || got.failed[0].Path != "b" {
		t.Errorf("failed: %q", got.failed)
	}
	if content, err := os.ReadFile(filepath.Join(to, "b")); err != nil || string(content) != "two" {
		t.Errorf("b holds %q, %v", content, err)
	}
}

// A file of another size is another version: it keeps its time, and gets its mode.
func TestAnotherVersionKeepsItsTime(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "a"), []byte("new content"), 0o640); err != nil {
		t.Fatal(err)
	}
	data, _ := capture(t, from)
	at := filepath.Join(to, "a")
	if err := os.WriteFile(at, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(at, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}
	got := apply(t, data, to, nil)
	after, err := os.Stat(at)
	if err != nil || !after.ModTime().Equal(before.ModTime()) || after.Mode() != 0o640 || len(got.withheld) != 1 {
		t.Errorf("%v, %v, withheld %q", after, err, got.withheld)
	}
}

// Whoever owns a file can give it names and holes though its mode lets nobody read it, now
// or later.
func TestHardLinksThatNobodyMayRead(t *testing.T) {
	t.Parallel()
	if !unprivileged.Rerun(t) {
		return
	}
	for _, before := range []os.FileMode{0o600, 0o111} {
		var data bytes.Buffer
		w, err := NewWriter(&data, Header{Job: "j", Roots: []Root{{Path: "/r"}}})
		if err != nil {
			t.Fatal(err)
		}
		to := t.TempDir()
		for _, name := range []string{"a", "b", "c"} {
			entry := Entry{
				Path: name, Kind: File, Mode: 0o111, Size: 1 << 20, HardLink: 1, Modified: time.Unix(1e9, 1),
				Holes: []localfs.Hole{{Offset: 0, Length: 1 << 20}},
			}
			if before == 0o600 { // a file that cannot be written to gets no such attributes
				entry.Xattrs = []localfs.Xattr{{Name: "user.k", Value: []byte("v")}}
			}
			if err := errors.Join(w.Add(entry), os.WriteFile(filepath.Join(to, name), make([]byte, 1<<20), before)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := apply(t, data.Bytes(), to, nil)
		if len(got.failed) > 0 {
			t.Errorf("of mode %v before: failed %q", before, got.failed)
		}
		var info unix.Stat_t
		if err := unix.Stat(filepath.Join(to, "c"), &info); err != nil || info.Nlink != 3 || info.Mode&0o7777 != 0o111 {
			t.Errorf("of mode %v before: %d names, mode %o, %v", before, info.Nlink, info.Mode, err)
		}
	}
}

// What cannot be made is one failure, and not another one for all that it does not get.
func TestAFolderThatCannotBeMadeIsNamedOnce(t *testing.T) {
	t.Parallel()
	if !unprivileged.Rerun(t) {
		return
	}
	from, to := t.TempDir(), t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(from, "folder"), 0o711), os.Chmod(to, 0o555)); err != nil {
		t.Fatal(err)
	}
	data, _ := capture(t, from)
	got := apply(t, data, to, func(o *Options) { o.Top = false })
	if len(got.failed) != 1 || got.failed[0].Path != "folder" {
		t.Errorf("failed %q", got.failed)
	}
}
