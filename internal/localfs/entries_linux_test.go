package localfs

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A folder's entries, which are looked at by system calls of their own, are just what
// the standard library says of each.
func TestEntriesAreWhatEachIsByItself(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "content", root, "file")
	if err := os.Mkdir(filepath.Join(root, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]uint32{"none": 0, "setuid": 0o4755, "setgid": 0o2755, "sticky": 0o1777} {
		write(t, name, root, name)
		if err := unix.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if n := compareEntries(t, root); n != 8 {
		t.Errorf("%d entries, want 8", n)
	}
	compareEntries(t, "/dev")
}

func compareEntries(t *testing.T, path string) int {
	t.Helper()
	folder := openFolder(t, openTree(t, path), "")
	entries, err := folder.Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := folder.Lstat(e.Name)
		if path == "/dev" { // where times change all the time
			e.Info.Modified, e.Info.Changed = info.Modified, info.Changed
		}
		if err != nil || e.Err != nil || e.Info != info || !e.Info.SameFile(info) {
			t.Errorf("%s is %+v, %v among the entries and %+v, %v by itself", e.Name, e.Info, e.Err, info, err)
		}
	}
	return len(entries)
}
