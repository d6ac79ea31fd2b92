//go:build linux || darwin || freebsd

package planner_test

import (
	"syscall"
	"testing"
)

func makeFifo(t *testing.T, path string) {
	t.Helper()
	check(t, syscall.Mkfifo(path, 0o644))
}
