package localfs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// Of the disks of one btrfs, udev names the last that it saw.
func TestUUIDsOfDisks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	byUUID, btrfs := filepath.Join(root, "by-uuid"), filepath.Join(root, "btrfs")
	write(t, "8:16\n", filepath.Join(btrfs, "aaaa-1111", "devices", "sdb", "dev"))
	write(t, "8:32\n", filepath.Join(btrfs, "aaaa-1111", "devices", "sdc", "dev"))
	write(t, "", filepath.Join(btrfs, "features", "zstd"))
	write(t, "no disk", filepath.Join(byUUID, "bbbb-2222"))
	want := map[string]string{"8:16": "aaaa-1111", "8:32": "aaaa-1111"}
	if diff := cmp.Diff(want, readUUIDs(byUUID, btrfs)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	disk := filepath.Join(root, "sda1")
	if err := unix.Mknod(disk, unix.S_IFBLK|0o600, int(unix.Mkdev(8, 1))); err != nil {
		t.Skip("making a disk's file is not allowed: ", err)
	}
	if err := os.Symlink(disk, filepath.Join(byUUID, "cccc-3333")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "gone"), filepath.Join(byUUID, "dddd-4444")); err != nil {
		t.Fatal(err)
	}
	want["8:1"] = "cccc-3333"
	if diff := cmp.Diff(want, readUUIDs(byUUID, btrfs)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := readUUIDs(filepath.Join(root, "none"), filepath.Join(root, "none")); len(got) > 0 {
		t.Errorf("from nothing: %v", got)
	}
}

func TestOnlyADiskHasANumber(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/dev/null", "/", "/missing"} {
		if number := deviceNumber(path); number != "" {
			t.Errorf("%s: %s", path, number)
		}
	}
}
