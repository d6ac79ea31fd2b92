package manifest

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// changeTimes lists when each thing was last changed in any way, which nobody can set.
func changeTimes(t *testing.T, dir string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(path, &s); err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%q %d.%09d", path, s.Ctim.Sec, s.Ctim.Nsec))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
