package localfs

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// None of these may be waited for: a fifo has no other end here.
func TestSpecialFilesAreSeenAndNeverOpened(t *testing.T) {
	t.Parallel()
	// The names of sockets are limited to about a hundred bytes.
	root, err := os.MkdirTemp("", "special")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(root, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	tree := openTree(t, root)
	mustBeSpecial(t, tree, "fifo")
	mustBeSpecial(t, tree, "socket")
	mustBeSpecial(t, openTree(t, "/dev"), "null")
	if os.Geteuid() == 0 {
		if err := unix.Mknod(filepath.Join(root, "zero"), unix.S_IFCHR|0o644, int(unix.Mkdev(1, 5))); err != nil {
			t.Fatal(err)
		}
		mustBeSpecial(t, tree, "zero")
	}
	if _, err := OpenTree(filepath.Join(root, "fifo")); err == nil {
		t.Error("a fifo was opened as a tree")
	}
}

func mustBeSpecial(t *testing.T, tree *Tree, name string) {
	t.Helper()
	info, err := tree.Lstat(name)
	if err != nil || info.Kind != KindSpecial {
		t.Errorf("%s: kind %d, %v", name, info.Kind, err)
	}
	if file, err := tree.OpenFile(name); !errors.Is(err, ErrNotRegular) {
		t.Errorf("open %s: %v", name, err)
		if err == nil {
			file.Close()
		}
	}
	if folder, err := tree.OpenFolder(name); !errors.Is(err, ErrNotFolder) {
		t.Errorf("open %s as a folder: %v", name, err)
		if err == nil {
			folder.Close()
		}
	}
}

// Content can be rewritten with its size and its time of modification kept. The
// time of the last change of any kind cannot be set back.
func TestRewriteWithTimesKeptIsSeen(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, "file")
	write(t, "four", path)
	if err := os.Chtimes(path, longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	file, err := openTree(t, root).OpenFile("file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The clock of the file system moves in ticks.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		write(t, "FOUR", path)
		if err := os.Chtimes(path, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
		now, err := file.Stat()
		if err != nil || !now.Modified.Equal(longAgo) || now.Size != 4 {
			t.Fatalf("%+v, %v", now, err)
		}
		if how := file.Info().Difference(now); how == "metadata changed meanwhile" {
			return
		} else if how != "" {
			t.Fatal(how)
		}
	}
	t.Error("a rewritten file looks untouched")
}
