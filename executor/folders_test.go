package executor

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/planner"
)

// A folder stays open for the next file in it, but not for long: what has taken its
// place is found, at once where the old one lacks the file.
func TestFoldersAreOpenedOnceAndAgain(t *testing.T) {
	t.Parallel()
	l := &lab{t: t, root: t.TempDir()}
	for name, content := range map[string]string{"top": "top", "a/1": "old 1", "a/2": "old 2", "b/3": "3"} {
		l.write(name, content)
	}
	tree, err := localfs.OpenTree(l.root)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	now := time.Unix(0, 0)
	f := &folders{trees: []*localfs.Tree{tree}, now: func() time.Time { return now }}
	defer f.close()
	holds := func(name, want string) {
		t.Helper()
		file, err := f.open(&planner.LocalFile{Rel: planner.RelPath(name)})
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if content, err := io.ReadAll(io.NewSectionReader(file, 0, 100)); err != nil || string(content) != want {
			t.Errorf("%q holds %q, %v; want %q", name, content, err, want)
		}
	}
	holds("top", "top")
	holds("a/1", "old 1")
	first := f.last
	holds("a/2", "old 2")
	if f.last != first {
		t.Error("the folder was opened again for its next file")
	}
	if err := os.Rename(l.path("a"), l.path("moved")); err != nil {
		t.Fatal(err)
	}
	l.write("a/1", "new 1")
	l.write("a/4", "new 4")
	holds("a/4", "new 4")
	now = now.Add(folderLife)
	holds("a/1", "new 1")
	holds("b/3", "3")
	if first.shared != 0 {
		t.Errorf("a folder that nobody needs is held %d times", first.shared)
	}
}
