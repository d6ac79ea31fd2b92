package localfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestMountsOfThisMachine(t *testing.T) {
	t.Parallel()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/proc/self", folder} {
		mount, err := MountOf(path)
		if err != nil || !strings.Contains(mount.FileSystem, ":") {
			t.Errorf("%s is on %+v, %v", path, mount, err)
		}
		mustAgreeWithKernel(t, path)
	}
	if proc, err := MountOf("/proc"); err != nil || proc.Point != "/proc" || !strings.HasPrefix(proc.FileSystem, "proc:") {
		t.Errorf("/proc is on %+v, %v", proc, err)
	}
	if below, err := MountsBelow(folder); len(below) > 0 || err != nil {
		t.Errorf("below a new folder: %v, %v", below, err)
	}
	below, err := MountsBelow("/")
	for _, mount := range below {
		if mount.Point == "/proc" || mount.Point == "/sys" {
			t.Errorf("%s holds nobody's files", mount.Point)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// mustAgreeWithKernel compares the mount of a path with the one that the kernel names,
// which it does since Linux 5.8.
func mustAgreeWithKernel(t *testing.T, path string) {
	t.Helper()
	mounts, err := currentMounts(path)
	if err != nil {
		t.Fatal(err)
	}
	var stat unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_MNT_ID, &stat); err != nil {
		t.Fatal(err)
	}
	if stat.Mask&unix.STATX_MNT_ID == 0 {
		return
	}
	if entry, ok := mounts.holding(path); !ok || uint64(entry.id) != stat.Mnt_id {
		t.Errorf("%s is on %+v, the kernel says mount %d", path, entry, stat.Mnt_id)
	}
}

func TestMountOfAPathThatIsNotPlain(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", ".", "a/b", "/a/", "/a/../b", "//a"} {
		if mount, err := MountOf(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) {
			t.Errorf("MountOf(%q) = %v, %v", path, mount, err)
		}
		if below, err := MountsBelow(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) {
			t.Errorf("MountsBelow(%q) = %v, %v", path, below, err)
		}
	}
}

const privateFolder = "JOTTARUN_TEST_PRIVATE_MOUNTS"

// The mounts are made by a child, in a name space of its own that ends with it.
func TestRealMounts(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(privateFolder); folder != "" {
		testRealMounts(t, folder)
		return
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestRealMounts$", "-test.v")
	child.Env = append(os.Environ(), privateFolder+"="+folder)
	child.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	output, err := child.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) || strings.Contains(string(output), "--- SKIP") {
		t.Skipf("this process may not mount: %v\n%s", err, output)
	}
	if err != nil || !strings.Contains(string(output), "--- PASS: TestRealMounts") {
		t.Errorf("%v\n%s", err, output)
	}
}

func testRealMounts(t *testing.T, folder string) {
	at := func(name string) string { return filepath.Join(folder, name) }
	mount := func(source, name, kind string, flags uintptr) {
		t.Helper()
		mkdir(t, at(name))
		if err := unix.Mount(source, at(name), kind, flags, ""); err != nil {
			t.Skip("mounting is not allowed: ", err)
		}
	}
	mount("below", "a b\\\n", "tmpfs", 0)
	mount("hidden", "over/deep", "tmpfs", 0)
	mount("over one", "over", "tmpfs", 0)
	mount("over two", "over", "tmpfs", 0)
	mount("seen", "over/again", "tmpfs", 0)
	mkdir(t, at("over/deep"))
	mkdir(t, at("over/again/inside"))
	mount(at("over/again/inside"), "bound", "", unix.MS_BIND)
	mount("proc", "proc", "proc", 0)

	want := []Mount{
		{at("a b\\\n"), "tmpfs:below"}, {at("bound"), "tmpfs:seen"},
		{at("over"), "tmpfs:over two"}, {at("over/again"), "tmpfs:seen"},
	}
	below, err := MountsBelow(folder)
	if diff := cmp.Diff(want, below); diff != "" || err != nil {
		t.Errorf("below: %v (-want +got):\n%s", err, diff)
	}
	for _, want := range append(want, Mount{at("proc"), "proc:proc"}) {
		if got, err := MountOf(filepath.Join(want.Point, "x")); got != want || err != nil {
			t.Errorf("in %s: %v, %v", want.Point, got, err)
		}
		mustAgreeWithKernel(t, want.Point)
	}
	mustAgreeWithKernel(t, at("over/deep"))
	if got, err := MountOf(at("over/deep")); err != nil || got.Point != at("over") {
		t.Errorf("under what was mounted over it: %v, %v", got, err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}
