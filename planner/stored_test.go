package planner_test

import (
	"testing"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/planner"
)

// stat describes files as an executor that has uploaded them does.
func stat(t *testing.T, root string, paths ...string) (stored []planner.Stored) {
	t.Helper()
	tree, err := localfs.OpenTree(root)
	check(t, err)
	defer tree.Close()
	for _, path := range paths {
		info, err := tree.Lstat(path)
		check(t, err)
		stored = append(stored, planner.Stored{Path: planner.RelPath(path), CloudPath: planner.RelPath(path), Size: info.Size, Info: info})
	}
	return stored
}
