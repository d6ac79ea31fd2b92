//go:build linux || darwin || freebsd

package localfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const (
	ordinaryUser = 65534
	ordinaryRoot = "LOCALFS_TEST_ROOT" // tells the child where the tree is
)

// What root may read says nothing, so that root runs this test again, in a child, as
// an ordinary user.
func TestUnreadableForAnOrdinaryUser(t *testing.T) {
	root := os.Getenv(ordinaryRoot)
	if root == "" {
		root = unreadableTree(t)
		if os.Geteuid() == 0 {
			runAsOrdinaryUser(t, root)
			return
		}
	}
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
	root, err := os.MkdirTemp("", "ordinary")
	if err != nil {
		t.Fatal(err)
	}
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
		os.RemoveAll(root)
	})
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

func runAsOrdinaryUser(t *testing.T, root string) {
	t.Helper()
	cmd := exec.Command(runnableByAll(t), "-test.run=^TestUnreadableForAnOrdinaryUser$", "-test.v")
	cmd.Env = append(os.Environ(), ordinaryRoot+"="+root)
	cmd.Dir = root
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinaryUser, Gid: ordinaryUser}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("as an ordinary user: %v\n%s", err, out)
	}
	if want := "--- PASS: TestUnreadableForAnOrdinaryUser"; !bytes.Contains(out, []byte(want)) {
		t.Errorf("the test did not run as an ordinary user:\n%s", out)
	}
}

// runnableByAll copies this test's program to where anybody may run it.
func runnableByAll(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	copied := filepath.Join(dir, "localfs.test")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(copied, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	return copied
}
