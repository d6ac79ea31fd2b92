package localfs

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A path may be longer than what the system takes in one piece.
func TestDeepAndLongPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ depth, nameLength int }{{200, 3}, {17, 240}} {
		root := t.TempDir()
		name := strings.Repeat("n", c.nameLength)
		dir, err := os.OpenRoot(root)
		if err != nil {
			t.Fatal(err)
		}
		for range c.depth {
			if err := dir.Mkdir(name, 0o755); err != nil {
				t.Fatal(err)
			}
			below, err := dir.OpenRoot(name)
			dir.Close()
			if err != nil {
				t.Fatal(err)
			}
			dir = below
		}
		if err := dir.WriteFile("file", []byte("deep"), 0o644); err != nil {
			t.Fatal(err)
		}
		dir.Close()
		rel := strings.Repeat(name+"/", c.depth) + "file"
		file, err := openTree(t, root).OpenFile(rel)
		if err != nil {
			t.Fatalf("depth %d, %d bytes: %v", c.depth, len(rel), err)
		}
		if text := readAll(t, file); text != "deep" {
			t.Errorf("read %q", text)
		}
		file.Close()
	}
}

func TestNamesOfAnyBytes(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var names []string
	for b := 1; b < 256; b++ {
		if b != '/' && b != '.' {
			names = append(names, string([]byte{byte(b)}))
		}
	}
	names = append(names, "...", "-rf", "a\nb", "bad\xff", "bad\xfe", "é", "e\u0301", `a\b`, strings.Repeat("x", 255))
	for _, name := range names {
		if err := os.WriteFile(root+"/"+name, []byte(name), 0o644); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
	}
	slices.Sort(names)
	folder := openFolder(t, openTree(t, root), "")
	entries, err := folder.Entries()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name)
		file, err := folder.OpenFile(e.Name)
		if err != nil {
			t.Errorf("%q: %v", e.Name, err)
			continue
		}
		if text := readAll(t, file); text != e.Name {
			t.Errorf("%q holds %q", e.Name, text)
		}
		file.Close()
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
