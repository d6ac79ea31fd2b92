package localfs

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAnOpenFileTellsHowItDiffers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, "file")
	tree := openTree(t, root)
	for _, c := range []struct {
		name, want string
		change     func() error
	}{
		{"nothing", "", func() error { return nil }},
		{"grown", "size 4 -> 5", func() error { return os.WriteFile(path, []byte("grown"), 0o644) }},
		{"emptied", "size 4 -> 0", func() error { return os.Truncate(path, 0) }},
		{"touched", "modified meanwhile", func() error { return os.Chtimes(path, longAgo, longAgo) }},
	} {
		write(t, "four", path)
		file, err := tree.OpenFile("file")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		now, err := file.Stat()
		if how := file.Info().Difference(now); err != nil || how != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, how, err, c.want)
		}
		file.Close()
	}
	write(t, "four", root, "other")
	one, _ := tree.Lstat("file")
	other, _ := tree.Lstat("other")
	if how := one.Difference(other); how != "replaced by another file" || one.SameFile(other) {
		t.Errorf("another file: %q", how)
	}
}

func TestErrorsNameNoPath(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "four", root, "named")
	tree := openTree(t, root)
	file, err := tree.OpenFile("named")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	_, readErr := file.ReadAt(make([]byte, 1), 0)
	_, statErr := file.Stat()
	_, openErr := tree.OpenFile("not named")
	for _, err := range []error{readErr, statErr} {
		if err == nil || strings.Contains(err.Error(), "named") || strings.Contains(err.Error(), root) {
			t.Errorf("error %q: callers name the path in their own words", err)
		}
	}
	if openErr.Error() != syscall.ENOENT.Error() {
		t.Errorf("open a missing file: %q", openErr)
	}
}
