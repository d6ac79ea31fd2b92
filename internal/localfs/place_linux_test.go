package localfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func openPlace(t *testing.T, path string) *Place {
	t.Helper()
	tree, err := OpenTree(path)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	folder, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	place, err := folder.Place()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { place.Close() })
	return place
}

func hold(t *testing.T, place *Place, name string) *Node {
	t.Helper()
	node, err := place.Hold(name)
	if err != nil {
		t.Fatalf("hold %q: %v", name, err)
	}
	t.Cleanup(func() { node.Close() })
	return node
}

// Every kind of thing is made, held and told apart, and none is opened: a fifo that
// nobody writes to would not come back.
func TestPlaceMakesEveryKind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place := openPlace(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o640); err != nil {
		t.Fatal(err)
	}
	makers := map[string]error{
		"folder": place.MakeFolder("folder"),
		"link":   place.MakeLink("nowhere/else", "link"),
		"fifo":   place.MakeSpecial("fifo", Status{Type: os.ModeNamedPipe}),
		"socket": place.MakeSpecial("socket", Status{Type: os.ModeSocket}),
	}
	want := map[string]os.FileMode{
		"file": 0, "folder": os.ModeDir, "link": os.ModeSymlink, "fifo": os.ModeNamedPipe, "socket": os.ModeSocket,
	}
	if os.Geteuid() == 0 {
		makers["char"] = place.MakeSpecial("char", Status{Type: os.ModeDevice | os.ModeCharDevice, Major: 1, Minor: 3})
		want["char"] = os.ModeDevice | os.ModeCharDevice
	}
	for name, err := range makers {
		if errors.Is(err, unix.EPERM) && name == "char" {
			delete(want, name) // a container may forbid it
		} else if err != nil {
			t.Errorf("make %s: %v", name, err)
		}
	}
	for name, kind := range want {
		if got := hold(t, place, name).Status().Type; got != kind {
			t.Errorf("%s is %v, want %v", name, got, kind)
		}
	}
	if target, err := hold(t, place, "link").Target(); err != nil || target != "nowhere/else" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if err := place.MakeSpecial("file2", Status{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a regular file as a special one: %v", err)
	}
}

// Names that would lead out of the folder, or to itself, are refused everywhere.
func TestPlaceTakesNamesOnly(t *testing.T) {
	t.Parallel()
	place := openPlace(t, t.TempDir())
	if err := place.MakeFolder("in"); err != nil {
		t.Fatal(err)
	}
	node := hold(t, place, "in")
	for _, name := range []string{"", ".", "..", "../x", "/x", "in/x", "a\x00b"} {
		_, held := place.Hold(name)
		for what, err := range map[string]error{
			"hold": held, "folder": place.MakeFolder(name), "link": place.MakeLink("x", name),
			"special": place.MakeSpecial(name, Status{Type: os.ModeNamedPipe}), "hard link": place.MakeHardLink(node, name),
			"rename from": place.Rename(name, "x"), "rename to": place.Rename("in", name), "remove": place.Remove(name),
		} {
			if !errors.Is(err, errNotAName) {
				t.Errorf("%s %q: %v, want it refused", what, name, err)
			}
		}
	}
}

// What is held is changed, and not what its name has come to stand for.
func TestNodeStaysWhatItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	for _, path := range []string{secret, filepath.Join(dir, "file")} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place := openPlace(t, dir)
	node := hold(t, place, "file")
	if err := os.Rename(filepath.Join(dir, "file"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	when := time.Unix(-5, 123456789)
	for what, err := range map[string]error{"mode": node.SetMode(0o604), "time": node.SetModified(when)} {
		if err != nil {
			t.Errorf("set %s: %v", what, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "moved"))
	if err != nil || info.Mode().Perm() != 0o604 || !info.ModTime().Equal(when) {
		t.Errorf("the file is %v, %v", info.Mode(), info.ModTime())
	}
	if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("what the link leads to is %v, %v", info.Mode(), err)
	}
}

// A link's own time and attributes are meant, never those of what it leads to.
func TestNodeOfALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(dir, "file"))
	place := openPlace(t, dir)
	if err := place.MakeLink("file", "link"); err != nil {
		t.Fatal(err)
	}
	node, when := hold(t, place, "link"), time.Unix(86400, 5)
	if err := node.SetModified(when); err != nil {
		t.Fatal(err)
	}
	if err := node.SetMode(0o777); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("mode of a link: %v", err)
	}
	info, err := os.Lstat(filepath.Join(dir, "link"))
	if err != nil || !info.ModTime().Equal(when) {
		t.Errorf("the link's time is %v, %v", info.ModTime(), err)
	}
	if after, err := os.Stat(filepath.Join(dir, "file")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the file's time became %v, %v", after.ModTime(), err)
	}
}

func TestXattrs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(path, "user.b", []byte{0, 255}, 0); err != nil {
		t.Skipf("this file system keeps no attributes: %v", err)
	}
	node := hold(t, openPlace(t, dir), "file")
	big := bytes.Repeat([]byte("v"), 1500)
	for name, value := range map[string][]byte{"user.a": big, "user.c": nil} {
		if err := node.SetXattr(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := node.RemoveXattr("user.c"); err != nil {
		t.Fatal(err)
	}
	got, err := node.Xattrs()
	got = withoutSecurity(got)
	if diff := cmp.Diff([]Xattr{{"user.a", big}, {"user.b", []byte{0, 255}}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// withoutSecurity leaves out what a security module adds by itself.
func withoutSecurity(xattrs []Xattr) []Xattr {
	var rest []Xattr
	for _, x := range xattrs {
		if !strings.HasPrefix(x.Name, "security.") {
			rest = append(rest, x)
		}
	}
	return rest
}

func TestHoles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "sparse")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const step = 1 << 20
	for i := range int64(3) {
		if _, err := file.WriteAt([]byte("data"), i*2*step); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Truncate(6 * step); err != nil {
		t.Fatal(err)
	}
	node := hold(t, openPlace(t, dir), "sparse")
	holes, more, err := node.Holes(10)
	if len(holes) == 0 && err == nil {
		t.Skip("this file system has no holes")
	}
	if err != nil || more || len(holes) != 3 || holes[2].Offset+holes[2].Length != 6*step {
		t.Errorf("holes %v, more %v, %v", holes, more, err)
	}
	if first, more, err := node.Holes(1); err != nil || !more || len(first) != 1 {
		t.Errorf("at most one: %v, more %v, %v", first, more, err)
	}
}

// Only zeros are given up, whatever is said to be a hole.
func TestPunchKeepsContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "full")
	content := make([]byte, 5<<20)
	copy(content[3<<20:], "not zero")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	place := openPlace(t, dir)
	before := hold(t, place, "full").Status().Allocated
	everything := []Hole{{0, 5 << 20}, {4 << 20, 1 << 40}}
	for range 2 {
		err := hold(t, place, "full").Punch(everything)
		if errors.Is(err, unix.EOPNOTSUPP) {
			t.Skip("this file system cannot punch holes")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the content changed: %d bytes, %v", len(got), err)
	}
	if after := hold(t, place, "full").Status().Allocated; after >= before {
		t.Errorf("%d bytes on the disk, before %d", after, before)
	}
}

// A hole at the end of a file leaves nothing of its last block.
func TestPunchTheLastBlock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const size = 3<<20 + 10
	if err := os.WriteFile(filepath.Join(dir, "zeros"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	place := openPlace(t, dir)
	err := hold(t, place, "zeros").Punch([]Hole{{0, size}})
	if errors.Is(err, unix.EOPNOTSUPP) {
		t.Skip("this file system cannot punch holes")
	}
	if now := hold(t, place, "zeros").Status(); err != nil || now.Allocated != 0 || now.Size != size {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestHardLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	place := openPlace(t, dir)
	if err := place.MakeHardLink(hold(t, place, "a"), "b"); err != nil {
		t.Fatal(err)
	}
	if err := place.MakeHardLink(hold(t, place, "a"), "b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a taken name: %v", err)
	}
	a, b := hold(t, place, "a").Status(), hold(t, place, "b").Status()
	if a.Inode != b.Inode || a.Links != 2 {
		t.Errorf("a is %v, b %v", fmt.Sprint(a), fmt.Sprint(b))
	}
	if err := place.Remove("b"); err != nil {
		t.Error(err)
	}
	if _, err := place.Hold("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hold what is gone: %v", err)
	}
}
