package localfs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A program that writes to a mapping again changes no times, unless what it wrote
// before is on the disk.
func TestSettledFileTellsOfWritesToMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs(root, &fs); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains([]int64{unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC}, int64(fs.Type)) {
		t.Skip("the temporary folder has no disk behind it")
	}
	path := filepath.Join(root, "mapped")
	write(t, "first content", path)
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	memory, err := unix.Mmap(int(writer.Fd()), 0, 13, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(memory) }() // nothing is left to be done
	change := func(to byte) (how string) {
		if err := os.Chtimes(path, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
		file, err := openTree(t, root).OpenFile("mapped")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if to == 'S' {
			if err := file.Settle(time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		memory[0] = to
		now, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return file.Info().Difference(now)
	}
	change('1')
	if how := change('2'); how != "" {
		t.Skipf("here a second write shows, too: %s", how)
	}
	if how := change('S'); how == "" {
		t.Error("a write to memory does not show after the file was settled")
	}
}

func TestOldFileIsNotSettled(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, "old", root, "old")
	file, err := openTree(t, root).OpenFile("old")
	if err != nil {
		t.Fatal(err)
	}
	file.Close() // so that to write anything out would be an error
	if err := file.Settle(file.Info().Changed.Add(unwritten + time.Second)); err != nil {
		t.Error(err)
	}
	if err := file.Settle(file.Info().Changed.Add(unwritten - time.Second)); err == nil {
		t.Error("a new file is not settled")
	}
}
