//go:build linux || darwin || freebsd

package state_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/internal/unprivileged"
)

// A lock on a session is worth nothing where the session cannot be written.
func TestLockInAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if !unprivileged.Rerun(t) {
		return
	}
	dir := openDir(t)
	save(t, dir.Session("a"), someSession())
	check(t, os.Chmod(dir.Path()+"/sessions", 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir.Path()+"/sessions", 0o700) })
	if _, err := dir.Session("a").Lock(t.Context()); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Lock = %v", err)
	}
	if got, err := dir.Session("a").Load(); err != nil || got.AccessToken != someSession().AccessToken {
		t.Errorf("Load = %v, %v; reading needs no writing", got, err)
	}
	check(t, os.Chmod(dir.Path(), 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir.Path(), 0o700) })
	if other, err := state.Open(dir.Path()); err != nil || other.Close() != nil {
		t.Errorf("Open = %v; reading needs no writing", err)
	}
}
