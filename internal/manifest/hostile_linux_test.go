package manifest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/localfs"
)

var testRoots = Header{Job: "j", Roots: []Root{{Path: "/r"}}}

// me owns what tests make.
func me() (ID, ID) {
	return ID{Number: uint32(os.Geteuid())}, ID{Number: uint32(os.Getegid())}
}

// outside is a folder that nothing may touch.
func outside(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// untouched remembers all that can be told of a folder, for a later comparison.
func untouched(t *testing.T, path string) (check func()) {
	t.Helper()
	before := append(inventory(t, path), changeTimes(t, path)...)
	return func() {
		t.Helper()
		if diff := cmp.Diff(before, append(inventory(t, path), changeTimes(t, path)...)); diff != "" {
			t.Errorf("what is outside was touched:\n%s", diff)
		}
	}
}

// Where the restored tree has links, nothing goes through them.
func TestNothingGoesThroughLinks(t *testing.T) {
	t.Parallel()
	out := outside(t)
	check := untouched(t, out)
	dir := t.TempDir()
	if err := os.Symlink(out, filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "fifo", "folder2"} {
		if err := os.Symlink(filepath.Join(out, "secret"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	owner, group := ID{Number: 1234}, ID{Number: 1234}
	e := func(path string, kind Kind) Entry {
		return Entry{Path: path, Kind: kind, Mode: 0o777, Owner: owner, Group: group, Size: 6, Modified: time.Unix(1, 0)}
	}
	link := e("folder/link", Symlink)
	link.Target = "x"
	first, second := e("folder/hard", File), e("secret", File)
	first.HardLink, second.HardLink = 1, 1
	data := write(t, testRoots, []Entry{
		e("fifo", Fifo), second, e("folder", Folder), e("folder/fifo", Fifo), first, link, e("folder/secret", File), e("folder/new", Folder), e("folder2", Folder),
	})
	got := apply(t, data, dir, nil)
	check()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
		t.Errorf("%v, %v", entries, err)
	}
	if got.Failed != 9 {
		t.Errorf("%d failures, want each of the 9 entries named: %q", got.Failed, got.failed)
	}
}

// A name of a file that lies elsewhere too is no restored file's: to change its owner
// would be to give the other one away.
func TestForeignHardLinkIsLeftAlone(t *testing.T) {
	t.Parallel()
	out := outside(t)
	dir := t.TempDir()
	if err := os.Link(filepath.Join(out, "secret"), filepath.Join(dir, "a")); err != nil {
		t.Skip("both folders are not on one file system")
	}
	check := untouched(t, out)
	owner, group := me()
	data := write(t, testRoots, []Entry{{Path: "a", Kind: File, Mode: 0o666, Owner: owner, Group: group, Size: 6, Modified: time.Unix(1, 0)}})
	if got := apply(t, data, dir, nil); got.Failed != 1 {
		t.Errorf("failed: %q", got.failed)
	}
	check()
}

// Nor is it so where the manifest says that the file has several names, and has some that
// are not there or are the same one under two spellings.
func TestForeignHardLinkInAGroupIsLeftAlone(t *testing.T) {
	t.Parallel()
	owner, group := me()
	e := func(path, cloud string) Entry {
		return Entry{Path: path, Cloud: cloud, Kind: File, Mode: 0o666, Owner: owner, Group: group, Size: 6, HardLink: 1, Modified: time.Unix(1, 0)}
	}
	for name, entries := range map[string][]Entry{
		"one name": {e("a", "")}, "a name that is not there": {e("a", ""), e("b", "")}, "one name twice": {e("a", ""), e("b", "a")},
	} {
		out, dir := outside(t), t.TempDir()
		if err := os.Link(filepath.Join(out, "secret"), filepath.Join(dir, "a")); err != nil {
			t.Skip("both folders are not on one file system")
		}
		check := untouched(t, out)
		if got := apply(t, write(t, testRoots, entries), dir, nil); got.Failed != 1 || got.failed[0].Path != "a" {
			t.Errorf("%s: failed: %q", name, got.failed)
		}
		check()
		if err := errors.Join(os.Chmod(filepath.Join(dir, "a"), 0o666), os.Chtimes(filepath.Join(dir, "a"), time.Time{}, time.Unix(1, 0))); err != nil {
			t.Fatal(err)
		}
		if got := apply(t, write(t, testRoots, entries), dir, nil); got.Failed != 0 {
			t.Errorf("%s: nothing is to be changed, but failed: %q", name, got.failed)
		}
	}
}

// A file whose names are all known gets what is recorded of it with the last of them,
// though not all of them are wanted.
func TestHardLinksThatAreThere(t *testing.T) {
	t.Parallel()
	owner, group := me()
	var entries []Entry
	for _, path := range []string{"a", "b", "c"} {
		entries = append(entries, Entry{Path: path, Kind: File, Mode: 0o640, Owner: owner, Group: group, Size: 4, HardLink: 3, Modified: time.Unix(1, 0)})
	}
	for _, wanted := range []string{"abc", "a", "b", "c"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a"), []byte("same"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"b", "c"} {
			if err := os.Link(filepath.Join(dir, "a"), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		got := apply(t, write(t, testRoots, entries), dir, func(o *Options) {
			o.Wanted = func(path string, _ bool) bool { return strings.Contains(wanted, path) }
		})
		info, err := os.Stat(filepath.Join(dir, "a"))
		if err != nil || got.Failed != 0 || info.Mode() != 0o640 || !info.ModTime().Equal(time.Unix(1, 0)) {
			t.Errorf("wanted %s: %v, failed %q, %v", wanted, info.Mode(), got.failed, err)
		}
	}
}

// What gives rights away needs --privileged, and set-uid bits the recorded owner.
func TestPrivilegedThings(t *testing.T) {
	t.Parallel()
	owner, group := me()
	other := ID{Number: owner.Number + 7}
	entries := []Entry{
		{Path: "device", Kind: CharDevice, Mode: 0o600, Owner: owner, Group: group, Major: 1, Minor: 3},
		{Path: "others", Kind: File, Mode: 0o4755, Owner: other, Group: group, Size: 1},
		{
			Path: "uid", Kind: File, Mode: 0o4755, Owner: owner, Group: group, Size: 1,
			Xattrs: []localfs.Xattr{{Name: "security.jottarun", Value: []byte("x")}, {Name: "trusted.x", Value: []byte("x")}},
		},
		{Path: "gid", Kind: Folder, Mode: 0o2775, Owner: owner, Group: group},
	}
	for _, privileged := range []bool{false, true} {
		dir := t.TempDir()
		for _, name := range []string{"others", "uid"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := apply(t, write(t, testRoots, entries), dir, func(o *Options) { o.Privileged, o.Owners = privileged, false })
		mode := func(name string) uint32 {
			var s unix.Stat_t
			if err := unix.Lstat(filepath.Join(dir, name), &s); err != nil {
				return 0
			}
			return s.Mode & 0o7777
		}
		modes := []uint32{mode("uid"), mode("gid"), mode("others")}
		want := []uint32{0o755, 0o775, 0o755}
		if privileged {
			want = []uint32{0o4755, 0o2775, 0o755}
		}
		if diff := cmp.Diff(want, modes); diff != "" {
			t.Errorf("privileged %v: modes of uid, gid, others: %s", privileged, diff)
		}
		if hasDevice := mode("device") != 0; hasDevice != (privileged && os.Geteuid() == 0) {
			t.Errorf("privileged %v: the device is there: %v", privileged, hasDevice)
		}
		if !privileged {
			if xattrs := rawXattrs(filepath.Join(dir, "uid")); xattrs != "" {
				t.Errorf("attributes without privilege: %s", xattrs)
			}
			if got.Withheld != 5 || got.Failed != 0 {
				t.Errorf("withheld %q, failed %q", got.withheld, got.failed)
			}
		}
	}
}

// While somebody swaps folders for links to another place, nothing there is touched.
func TestSwapperDuringApply(t *testing.T) {
	t.Parallel()
	out := outside(t)
	for _, name := range []string{"sub0", "sub1"} {
		if err := os.Mkdir(filepath.Join(out, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	check := untouched(t, out)
	dir, aside := t.TempDir(), t.TempDir()
	owner, group := me()
	var entries []Entry
	for f := range 5 {
		folder := fmt.Sprintf("f%d", f)
		entries = append(entries, Entry{Path: folder, Kind: Folder, Mode: 0o777, Owner: owner, Group: group, Modified: time.Unix(5, 0)})
		entries = append(entries,
			Entry{Path: folder + "/fifo", Kind: Fifo, Mode: 0o777, Owner: owner, Group: group},
			Entry{Path: folder + "/link", Kind: Symlink, Target: "x", Owner: owner, Group: group},
			Entry{Path: folder + "/secret", Kind: File, Size: 6, Mode: 0o777, Owner: owner, Group: group},
			Entry{Path: folder + "/sub0", Kind: Folder, Mode: 0o777, Owner: owner, Group: group},
			Entry{Path: folder + "/sub0/new", Kind: Folder, Mode: 0o777, Owner: owner, Group: group},
			Entry{Path: folder + "/sub1", Kind: Folder, Mode: 0o777, Owner: owner, Group: group},
		)
	}
	data := write(t, testRoots, entries)
	ctx, stop := context.WithCancel(t.Context())
	var swaps int
	var swapper sync.WaitGroup
	swapper.Go(func() { swaps = swap(ctx, dir, aside, out) })
	for range 100 {
		options := Options{Owners: os.Geteuid() == 0, Privileged: true, Top: true}
		if _, err := Apply(ctx, opener(data), []Dir{{Tree: openTree(t, dir)}}, options); err != nil {
			t.Error(err)
		}
	}
	stop()
	swapper.Wait()
	check()
	if swaps < 100 {
		t.Errorf("only %d swaps: nothing was shown", swaps)
	}
}

// swap puts a link in each folder's place, and takes it away again.
func swap(ctx context.Context, dir, aside, out string) (swaps int) {
	for ctx.Err() == nil {
		for f := range 5 {
			name := fmt.Sprintf("f%d", f)
			if os.Rename(filepath.Join(dir, name), filepath.Join(aside, name)) != nil {
				continue
			}
			if os.Symlink(out, filepath.Join(dir, name)) == nil {
				swaps++
			}
			os.Remove(filepath.Join(dir, name))
			os.Rename(filepath.Join(aside, name), filepath.Join(dir, name))
		}
	}
	return swaps
}

// Two files with the same content become one, and nothing is left of how.
func TestHardLinkLeavesNoTrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("same"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	owner, group := me()
	e := func(name string) Entry {
		return Entry{Path: name, Kind: File, Mode: 0o600, Owner: owner, Group: group, Size: 4, HardLink: 1, Modified: time.Unix(1, 0)}
	}
	data := write(t, testRoots, []Entry{e("a"), e("b")})
	for range 2 {
		if got := apply(t, data, dir, nil); got.Failed > 0 {
			t.Errorf("failed: %q", got.failed)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: want the two names and nothing of ours", entries, err)
	}
	if lines := strings.Join(inventory(t, dir), "\n"); strings.Count(lines, `same as "a"`) != 2 {
		t.Errorf("not one file:\n%s", lines)
	}
}
