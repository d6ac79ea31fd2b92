package executor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// What was put elsewhere meanwhile is not where it was to be restored to.
func TestRestoreToAFolderThatIsMoved(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open folder cannot be moved")
	}
	for _, made := range []bool{false, true} {
		l, dir := newLab(t), filepath.Join(t.TempDir(), "to")
		l.write("a", "content")
		l.mustApply()
		if err := os.Mkdir(dir, 0o755); err != nil || made && os.Remove(dir) != nil {
			t.Fatal(err)
		}
		cloud := downloadFunc(func(ctx context.Context, d jotta.Download) (int64, error) {
			if err := os.Rename(dir, dir+"-moved"); err != nil {
				return 0, err
			}
			return l.client.Download(ctx, d)
		})
		_, _, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), cloud)
		if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "find again") {
			t.Errorf("made by the restore %v: %v", made, err)
		}
	}
}

// So it is with a folder in it, though files that came later are in the new one.
func TestRestoreToAFolderWithinThatIsMoved(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open folder cannot be moved")
	}
	for name, again := range map[string]bool{"gone": false, "made again": true} {
		l, dir := newLab(t), t.TempDir()
		l.write("above/below/a", "content")
		l.write("above/below/b", "content")
		l.mustApply()
		var once sync.Once
		cloud := downloadFunc(func(ctx context.Context, d jotta.Download) (n int64, err error) {
			n, err = l.client.Download(ctx, d)
			if again {
				once.Do(func() { err = errors.Join(err, os.Rename(filepath.Join(dir, "above"), filepath.Join(dir, "moved"))) })
				return n, err
			}
			_ = os.Rename(filepath.Join(dir, "above"), filepath.Join(dir, strings.ReplaceAll(string(d.Path), "/", "-")))
			return n, err
		})
		plan := l.restorePlan(dir, false)
		summary, err := Restore(t.Context(), plan, cloud, Options{Slots: NewSlots(1), Grace: time.Minute})
		if err == nil || !strings.Contains(err.Error(), `find again the folder "above`) || summary.Fetched != 2 {
			t.Errorf("%s: %+v, %v", name, summary, err)
		}
	}
}
