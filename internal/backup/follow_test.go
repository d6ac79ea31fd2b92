package backup

import (
	"os"
	"path/filepath"
	"testing"
)

// A proof remembers the folders that links lead into, to know them again.
func TestFollowedFolderIsRemembered(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	shared := t.TempDir()
	check(t, os.WriteFile(filepath.Join(shared, "file"), []byte("1"), 0o644))
	check(t, os.Symlink(filepath.Join(shared, "file"), filepath.Join(l.root, "link")))
	l.spec.FollowLinks, l.spec.FollowInto = true, []string{shared}
	if o := l.run(); !o.Whole() || o.Summary.Uploaded != 1 {
		t.Fatalf("%+v", o)
	}
	l.cloudHolds("link")
	_, proof := l.last()
	if len(proof.Roots) != 2 || proof.Roots[1].Path != shared || proof.Roots[1].FileSystem != proof.Roots[0].FileSystem {
		t.Errorf("the proof is %+v", proof)
	}
	if o := l.run(); !o.Whole() || o.Plan.Pending() {
		t.Errorf("the second run: %+v", o.Plan)
	}
}
