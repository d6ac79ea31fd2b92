package localfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc"
	"golang.org/x/sys/unix"
)

const (
	innocent = "innocent"
	secret   = "a secret" // of the same length, so that sizes tell nothing
)

// opens is how often what is being swapped is opened, in all.
func opens() int {
	if os.Getenv("JOTTARUN_SOAK") != "" {
		return 300_000
	}
	return 20_000
}

// swapWhile exchanges two names of a folder, back and forth and atomically, while f runs.
func swapWhile(t *testing.T, dir, a, b string, f func()) {
	t.Helper()
	var stop atomic.Bool
	var swapper conc.WaitGroup
	swapper.Go(func() {
		for !stop.Load() {
			if err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, a), unix.AT_FDCWD, filepath.Join(dir, b), unix.RENAME_EXCHANGE); err != nil {
				t.Errorf("swap: %v", err)
				return
			}
		}
	})
	defer swapper.Wait()
	defer stop.Store(true)
	f()
}

// Somebody who may write to a folder swaps what it holds for links to what he may
// not read, and for a fifo that would keep us waiting, as fast as he can.
func TestSwappedNamesNeverLeakAndNeverHang(t *testing.T) {
	for _, c := range []struct{ name, swapped, rel string }{
		{"folder for a link out of the tree", "link-out", "folder/file"},
		{"folder for a link within the tree", "link-in", "folder/file"},
		{"folder for another folder", "other", "folder/file"},
		{"folder for a fifo", "fifo", "folder/file"},
		{"file for a link out of the tree", "link-file-out", "folder"},
		{"file for a link within the tree", "link-file-in", "folder"},
		{"file for a fifo", "fifo", "folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := hostileTree(t, c.rel == "folder")
			tree := openTree(t, root)
			before := countDescriptors(t)
			causes, rounds := map[string]int{}, opens()/7+1
			swapWhile(t, root, "folder", c.swapped, func() {
				for range rounds {
					causes[tryOpen(t, tree, c.rel)]++
				}
			})
			if causes["opened"] == 0 || len(causes) == 1 {
				t.Errorf("%v: nothing was swapped in time", causes)
			}
			t.Logf("figures: of %d names that were swapped meanwhile %d were opened, 0 of them wrong", rounds, causes["opened"])
			delete(causes, "opened")
			for _, known := range []error{ErrReplaced, ErrNotRegular, ErrNotFolder, unix.ENOENT} {
				delete(causes, known.Error())
			}
			if len(causes) > 0 {
				t.Errorf("causes that say nothing of a replacement: %v", causes)
			}
			if after := countDescriptors(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}

// tryOpen returns why rel could not be opened, or "opened".
func tryOpen(t *testing.T, tree *Tree, rel string) string {
	t.Helper()
	file, err := tree.OpenFile(rel)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if text := readAll(t, file); text != innocent {
		t.Fatalf("read %q", text)
	}
	return "opened"
}

// The same, with every swap in the one moment that counts: between look and opening.
func TestSwapBetweenLookAndOpening(t *testing.T) {
	root := hostileTree(t, false)
	write(t, innocent, root, "file")
	write(t, innocent, root, "other-file")
	top := openFolder(t, openTree(t, root), "")
	before := countDescriptors(t)
	for name, swapped := range map[string][]string{
		"folder": {"link-out", "link-in", "link-file-in", "other", "fifo", "file"},
		"file":   {"link-file-out", "link-file-in", "link-in", "other-file", "fifo", "other", "gone"},
	} {
		for _, by := range swapped {
			seen, err := top.Lstat(name)
			if err != nil {
				t.Fatal(err)
			}
			exchange(t, root, name, by)
			if err := openSeen(top, name, seen); !errors.Is(err, ErrReplaced) && by != "gone" {
				t.Errorf("%s swapped for %s: %v", name, by, err)
			} else if by == "gone" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s removed: %v", name, err)
			}
			exchange(t, root, name, by)
		}
	}
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// openSeen opens what was seen and, where that succeeds, closes it again.
func openSeen(top *Folder, name string, seen Info) error {
	if name == "folder" {
		folder, err := top.openSeenFolder(name, seen)
		if err == nil {
			folder.Close()
		}
		return err
	}
	file, err := top.openSeenFile(name, seen)
	if err == nil {
		file.Close()
	}
	return err
}

// exchange swaps two names; "gone" is a name that nothing has, here or there.
func exchange(t *testing.T, dir, a, b string) {
	t.Helper()
	var err error
	switch _, missing := os.Lstat(filepath.Join(dir, a)); {
	case b != "gone":
		err = unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, a), unix.AT_FDCWD, filepath.Join(dir, b), unix.RENAME_EXCHANGE)
	case missing == nil:
		err = os.Rename(filepath.Join(dir, a), filepath.Join(dir, b))
	default:
		err = os.Rename(filepath.Join(dir, b), filepath.Join(dir, a))
	}
	if err != nil {
		t.Fatalf("exchange %s and %s: %v", a, b, err)
	}
}

// hostileTree returns a root where "folder" is a folder with a file, or a file, and
// its neighbours wait to take its place.
func hostileTree(t *testing.T, file bool) string {
	t.Helper()
	parent := t.TempDir()
	root := filepath.Join(parent, "root")
	write(t, secret, parent, "outside", "file")
	write(t, secret, root, "private", "file")
	if err := os.Mkdir(filepath.Join(root, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	if file {
		write(t, innocent, root, "folder")
	} else {
		write(t, innocent, root, "folder", "file")
	}
	for name, target := range map[string]string{
		"link-out": "../outside", "link-in": "private", "link-file-out": "../outside/file", "link-file-in": "private/file",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// Descriptors are counted for the whole process, so that nothing runs beside this test.
func TestNoDescriptorIsLeft(t *testing.T) {
	root := hostileTree(t, false)
	deep := "folder" + strings.Repeat("/d", 20)
	if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(deep)), 0o755); err != nil {
		t.Fatal(err)
	}
	before := countDescriptors(t)
	for range 50 {
		useAll(t, root, deep)
	}
	if after := countDescriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// useAll calls everything that opens something, on names good and bad.
func useAll(t *testing.T, root, deep string) {
	t.Helper()
	if tree, err := OpenTree(filepath.Join(root, "fifo")); err == nil {
		t.Error("a fifo is no tree")
		tree.Close()
	}
	tree, err := OpenTree(root)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if err := tree.InPlace(); err != nil {
		t.Error(err)
	}
	for _, rel := range []string{"", "folder", "folder/file", deep, deep + "/gone", "link-in/file", "link-out", "fifo", "fifo/x", "gone/gone"} {
		_, _ = tree.Lstat(rel)
		if file, err := tree.OpenFile(rel); err == nil {
			file.Close()
		}
		if folder, err := tree.OpenFolder(rel); err == nil {
			if _, err := folder.Entries(); err != nil {
				t.Error(err)
			}
			_ = folder.CheckReadable("file")
			folder.Close()
		}
	}
}

func countDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
