//go:build linux || darwin || freebsd

package localfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/jottarun/jottarun/internal/unprivileged"
)

func TestUnreadableForAnOrdinaryUser(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	root := unreadableTree(t)
	tree := openTree(t, root)
	folder := openFolder(t, tree, "")
	entries, err := folder.Entries()
	if err != nil || len(entries) != 5 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if e.Err != nil {
			t.Errorf("%s is in a folder that can be read: %v", e.Name, e.Err)
		}
		mustOpen(t, tree, e, e.Name != "readable")
		if e.Info.Kind == KindFile {
			mustForetell(t, folder, e, e.Name != "readable")
		}
	}
	if err := folder.CheckReadable("gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("check a missing name: %v", err)
	}
	if _, err := tree.OpenFile("listable/file"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("open in a folder that may be listed and not searched: %v", err)
	}
}

func mustOpen(t *testing.T, tree *Tree, e Entry, forbidden bool) {
	t.Helper()
	var opened io.Closer
	var err error
	if e.Info.Kind == KindFile {
		opened, err = tree.OpenFile(e.Name)
	} else {
		opened, err = tree.OpenFolder(e.Name)
	}
	if err == nil {
		opened.Close()
	}
	if errors.Is(err, fs.ErrPermission) != forbidden || (err != nil) != forbidden {
		t.Errorf("open %s: %v", e.Name, err)
	}
}

// mustForetell checks that what opening would come to is known without it.
func mustForetell(t *testing.T, folder *Folder, e Entry, forbidden bool) {
	t.Helper()
	if e.Info.Readable() == forbidden {
		t.Errorf("%s: readable by its mode: %v", e.Name, e.Info.Readable())
	}
	if err := folder.CheckReadable(e.Name); errors.Is(err, fs.ErrPermission) != forbidden || (err != nil) != forbidden {
		t.Errorf("check %s: %v", e.Name, err)
	}
}

// unreadableTree makes names of which an ordinary user may read only "readable".
func unreadableTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	modes := map[string]os.FileMode{"readable": 0o644, "mode-000": 0, "write-only": 0o222, "folder-000": 0, "listable": 0o644}
	for name, mode := range modes {
		path := filepath.Join(root, name)
		if name == "folder-000" || name == "listable" {
			path = filepath.Join(path, "file")
		}
		write(t, "text", path)
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for name := range modes {
			_ = os.Chmod(filepath.Join(root, name), 0o755)
		}
	})
	return root
}
