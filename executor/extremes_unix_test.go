//go:build linux || darwin || freebsd

package executor

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/unprivileged"
)

// Sizes around the buffers of hasher, client and server, and times that a file
// system can express and the wire cannot.
func TestSizesAndTimesAtTheEdges(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	files := map[string]string{}
	for _, size := range []int{0, 1, 32<<10 - 1, 32 << 10, 32<<10 + 1, 64<<10 + 1, 512<<10 - 1, 512 << 10, 512<<10 + 1} {
		name := fmt.Sprint("size ", size)
		files[name] = strings.Repeat(name+"\n", size/len(name)+1)[:size]
		l.write(name, files[name])
	}
	for _, year := range []int{1900, 1969, 1970, 2038, 2039, 2262, 2400, 9999, 10000} {
		name := fmt.Sprint("year ", year)
		files[name] = name
		l.write(name, name)
		when := unix.Timespec{Sec: time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC).Unix(), Nsec: 999_999_999}
		// What the file system cannot express it clamps, or refuses.
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, l.path(name), []unix.Timespec{when, when}, 0); err != nil {
			t.Logf("%s: %v", name, err)
		}
	}
	summary := l.mustApply()
	if summary.Uploaded != len(files) {
		t.Errorf("%+v", summary)
	}
	l.mustHold(files)
	l.mustConverge()
}

// A path of the plan that leads through something else by now is named.
func TestWhatIsNoFileAnyMoreIsNamed(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, name := range []string{"link", "folder", "fifo", "parent is a file/x", "parent is a link/x"} {
		l.write(name, name)
	}
	plan := l.plan()
	l.write("elsewhere/x", "parent is a link")
	err := errors.Join(
		os.Remove(l.path("link")), os.Symlink("elsewhere/x", l.path("link")),
		os.Remove(l.path("folder")), os.Mkdir(l.path("folder"), 0o755),
		os.Remove(l.path("fifo")), unix.Mkfifo(l.path("fifo"), 0o644),
		os.RemoveAll(l.path("parent is a file")), os.WriteFile(l.path("parent is a file"), nil, 0o644),
		os.RemoveAll(l.path("parent is a link")), os.Symlink("elsewhere", l.path("parent is a link")),
	)
	if err != nil {
		t.Fatal(err)
	}
	summary, w, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil {
		t.Error(err)
	}
	wantSummary(t, summary, Summary{Failed: 5})
	for _, name := range []string{"link", "folder", "fifo"} {
		w.mustSay(name, Failed, "open: not a regular file")
	}
	for _, name := range []string{"parent is a file/x", "parent is a link/x"} {
		w.mustSay(name, Failed, "open: not a folder")
	}
	l.mustHold(nil)
}

func TestAnUnreadableFileIsNamed(t *testing.T) {
	if !unprivileged.Rerun(t) {
		return
	}
	l := newLab(t)
	for _, name := range []string{"mode-000", "readable", "folder/file"} {
		l.write(name, name)
	}
	plan := l.plan()
	if err := errors.Join(os.Chmod(l.path("mode-000"), 0), os.Chmod(l.path("folder"), 0)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(l.path("folder"), 0o755)
	summary, w, err := applyPlan(t.Context(), t, plan, l.client, l.options())
	if err != nil {
		t.Error(err)
	}
	wantSummary(t, summary, Summary{Uploaded: 1, Failed: 2, Bytes: 8, SentBytes: 8})
	w.mustSay("mode-000", Failed, "open: permission denied")
	w.mustSay("folder/file", Failed, "open: permission denied")
}
