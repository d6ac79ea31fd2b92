package backup

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/state"
)

// A program that keeps a file mapped into its memory may write to it without a change of
// its times. What is remembered of such a file must not be believed after that.
func TestFileThatIsWrittenThroughMemory(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var fs unix.Statfs_t
	check(t, unix.Statfs(l.root, &fs))
	if !slices.Contains([]int64{unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC}, int64(fs.Type)) {
		t.Skip("the temporary folder has no disk behind it")
	}
	l.runner.Now = func() time.Time { return time.Now().Add(time.Minute) } // times are no longer young
	l.write("mapped", "- content")
	file, err := os.OpenFile(filepath.Join(l.root, "mapped"), os.O_RDWR, 0)
	check(t, err)
	defer file.Close()
	memory, err := unix.Mmap(int(file.Fd()), 0, 9, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	check(t, err)
	defer func() { _ = unix.Munmap(memory) }() // nothing is left to be done
	mustHold := func(want byte) {
		t.Helper()
		memory[0] = want
		if o := l.run(); !o.Whole() {
			t.Fatalf("%+v", o)
		}
		if held := l.cloud.Tree("/mybox/backup/job"); len(held) != 1 || held[0].MD5 != fmt.Sprintf("%x", md5.Sum(memory)) {
			t.Errorf("the cloud holds %+v after %q was written", held, want)
		}
	}
	mustHold('1') // remembered by the upload
	mustHold('2')
	mustHold('3')
	fresh, err := state.Open(filepath.Join(t.TempDir(), "state"))
	check(t, err)
	defer fresh.Close()
	l.runner.State = fresh
	memory[0] = '4'
	mustHold('3') // remembered by the plan
	mustHold('5')
}
