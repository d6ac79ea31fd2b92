package planner

import (
	"crypto/md5"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// A file that changes between its opening and the end of its comparison is no unchanged
// one, even where what was read of it is what the cloud has: half of it may be new.
func TestFileThatChangesWhileItIsCompared(t *testing.T) {
	t.Parallel()
	const content = "content"
	for name, change := range map[string]func(path string) error{
		"it is rewritten": func(path string) error {
			later := time.Now().Add(time.Hour)
			return os.Chtimes(path, later, later)
		},
		"it grows": func(path string) error { return os.WriteFile(path, []byte(content+"+"), 0o644) },
		"nothing":  func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			tree, err := localfs.OpenTree(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			file, err := tree.OpenFile("file")
			if err != nil {
				t.Fatal(err)
			}
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			h := newHashing(t.Context(), Spec{}, checksum.New(1), unchanged{bits: make([]uint64, 1)})
			size := int64(len(content))
			h.compare(file, comparison{action: Action{
				Kind: Changed, Path: "file", Local: &LocalFile{Size: size},
				Remote: &RemoteFile{Size: size, MD5: jotta.MD5(md5.Sum([]byte(content)))},
			}})
			plan := &Plan{places: map[RelPath]place{}}
			h.wait(plan)
			if same := name == "nothing"; (plan.Counts.Unchanged == 1) != same || (len(plan.Actions) == 0) != same {
				t.Errorf("%+v, %+v", plan.Counts, plan.Actions)
			}
		})
	}
}
