package localfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var longAgo = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)

func openTree(t testing.TB, path string) *Tree {
	t.Helper()
	tree, err := OpenTree(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func openFolder(t testing.TB, tree *Tree, rel string) *Folder {
	t.Helper()
	folder, err := tree.OpenFolder(rel)
	if err != nil {
		t.Fatalf("open folder %q: %v", rel, err)
	}
	t.Cleanup(func() { folder.Close() })
	return folder
}

// write makes a file with the given text, and the folders above it.
func write(t testing.TB, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readAll(t testing.TB, file *File) string {
	t.Helper()
	text := make([]byte, file.Info().Size)
	if n, err := file.ReadAt(text, 0); n != len(text) {
		t.Fatalf("read %d of %d bytes: %v", n, len(text), err)
	}
	return string(text)
}

func TestEntriesAreSortedByBytesAndTellTheKind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "1", root, "b")
	write(t, "22", root, "B")
	write(t, "333", root, "a-b")
	write(t, "", root, "a", "inner")
	write(t, "", root, "\xff")
	for _, name := range []string{"dangling", "loop", "zlink"} {
		target := map[string]string{"dangling": "nowhere", "loop": "loop", "zlink": "b"}[name]
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := openFolder(t, openTree(t, root), "").Entries()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Err != nil {
			t.Errorf("%q: %v", e.Name, e.Err)
		}
		line := fmt.Sprintf("%q %d", e.Name, e.Info.Kind)
		if e.Info.Kind == KindFile {
			line += fmt.Sprintf(" %d bytes", e.Info.Size)
		}
		got = append(got, line)
	}
	want := []string{
		fmt.Sprintf(`"B" %d 2 bytes`, KindFile), fmt.Sprintf(`"a" %d`, KindFolder), fmt.Sprintf(`"a-b" %d 3 bytes`, KindFile),
		fmt.Sprintf(`"b" %d 1 bytes`, KindFile), fmt.Sprintf(`"dangling" %d`, KindLink), fmt.Sprintf(`"loop" %d`, KindLink),
		fmt.Sprintf(`"zlink" %d`, KindLink), fmt.Sprintf(`"\xff" %d 0 bytes`, KindFile),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeOpenedSaysWhy(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "x", root, "file")
	write(t, "x", root, "folder", "inner")
	for name, target := range map[string]string{
		"dangling": "nowhere", "loop": "loop", "to-file": "file", "to-folder": "folder", "out": "/",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	tree := openTree(t, root)
	for _, c := range []struct {
		rel          string
		file, folder error
	}{
		{"gone", fs.ErrNotExist, fs.ErrNotExist},
		{"gone/inner", fs.ErrNotExist, fs.ErrNotExist},
		{"file/inner", ErrNotFolder, ErrNotFolder},
		{"to-folder/inner", ErrNotFolder, ErrNotFolder},
		{"out/etc", ErrNotFolder, ErrNotFolder},
		{"folder", ErrNotRegular, nil},
		{"file", nil, ErrNotFolder},
		{"to-file", ErrNotRegular, ErrNotFolder},
		{"to-folder", ErrNotRegular, ErrNotFolder},
		{"dangling", ErrNotRegular, ErrNotFolder},
		{"loop", ErrNotRegular, ErrNotFolder},
		{"folder/inner", nil, ErrNotFolder},
	} {
		if file, err := tree.OpenFile(c.rel); !errors.Is(err, c.file) {
			t.Errorf("open file %q: %v, want %v", c.rel, err, c.file)
		} else if err == nil {
			file.Close()
		}
		if folder, err := tree.OpenFolder(c.rel); !errors.Is(err, c.folder) {
			t.Errorf("open folder %q: %v, want %v", c.rel, err, c.folder)
		} else if err == nil {
			folder.Close()
		}
	}
}

func TestNothingOutsideIsReached(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	write(t, "secret", parent, "secret")
	write(t, "x", parent, "root", "folder", "file")
	tree := openTree(t, filepath.Join(parent, "root"))
	for _, rel := range []string{"..", "../secret", "folder/../../secret", "/secret", "folder/..", parent + "/secret"} {
		if file, err := tree.OpenFile(rel); err == nil {
			t.Errorf("open file %q: read %q", rel, readAll(t, file))
			file.Close()
		}
		if folder, err := tree.OpenFolder(rel); err == nil {
			t.Errorf("open folder %q: no error", rel)
			folder.Close()
		}
	}
}

func TestLstatDescribesAnyDepth(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "four", root, "a", "b", "file")
	tree := openTree(t, root)
	for rel, want := range map[string]Kind{"": KindFolder, "a": KindFolder, "a/b": KindFolder, "a/b/file": KindFile} {
		info, err := tree.Lstat(rel)
		if err != nil || info.Kind != want {
			t.Errorf("lstat %q: kind %d, %v; want %d", rel, info.Kind, err, want)
		}
	}
	if _, err := tree.Lstat("a/c/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lstat below a missing folder: %v", err)
	}
}

func TestRootThatIsNoFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "x", root, "file")
	if err := os.Symlink(root, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(root, "file"): "open " + filepath.Join(root, "file") + ": not a directory",
		filepath.Join(root, "gone"): "open " + filepath.Join(root, "gone") + ": no such file or directory",
		"":                          "open : file does not exist",
	} {
		tree, err := OpenTree(path)
		if err == nil {
			tree.Close()
		}
		if err == nil || err.Error() != want {
			t.Errorf("open tree %q: %v, want %s", path, err, want)
		}
	}
	// What the user wrote may be a link, and may end in a slash.
	for _, path := range []string{filepath.Join(root, "link"), root + "/"} {
		if _, err := openTree(t, path).Lstat("file"); err != nil {
			t.Errorf("tree %q: %v", path, err)
		}
	}
}

func TestTreeKnowsWhetherItIsStillInPlace(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root := filepath.Join(parent, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	tree := openTree(t, root)
	if err := tree.InPlace(); err != nil {
		t.Errorf("untouched: %v", err)
	}
	if err := os.Rename(root, root+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := tree.InPlace(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("moved away: %v", err)
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tree.InPlace(); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another folder in its place: %v", err)
	}
}
