package planner_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"os"
	"path/filepath"
	"testing"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

type listed struct{ *jotta.Listing }

func (l listed) List(context.Context, jotta.Path) (*jotta.Listing, error) { return l.Listing, nil }

// What is counted while a plan is made: three entries here, a file and a folder there,
// and the content of the one file that had to be read.
func TestProgress(t *testing.T) {
	t.Parallel()
	root, content := t.TempDir(), bytes.Repeat([]byte("x"), 1<<20)
	for name, content := range map[string][]byte{"same": content, "folder/new": []byte("new")} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	builder := jotta.NewListingBuilder()
	builder.AddFile("", "same", jotta.RemoteFile{Size: int64(len(content)), MD5: md5.Sum(content)})
	builder.AddFolder("other")
	listing, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := planner.NewRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	progress := new(planner.Progress)
	_, err = planner.Build(t.Context(), planner.Spec{
		Job: "job", Target: "/mybox/backup/job", Progress: progress,
		Roots: []planner.RootSpec{{Root: planner.Root{Path: root}, Rules: rules}},
	}, listed{listing}, checksum.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if s, l, r := progress.Scanned(), progress.Listed(), progress.Read(); s != 3 || l != 2 || r != int64(len(content)) {
		t.Errorf("%d scanned, %d listed, %d bytes read; want 3, 2, %d", s, l, r, len(content))
	}
}
