//go:build linux || darwin || freebsd

// Package unprivileged lets tests of file permissions run as an ordinary user
// also where they are started as root, whom permissions do not stop.
package unprivileged

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// nobody is the ordinary user that tests run as; it need not be in the system's
// list of users.
const nobody = 65534

const childMark = "JOTTARUN_TEST_UNPRIVILEGED"

// Rerun returns true to a test that runs as an ordinary user and may go on. As
// root it runs the test again in a child that has dropped to one, fails with it,
// and returns false.
func Rerun(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	if os.Getenv(childMark) != "" {
		t.Fatal("the child is root still")
	}
	name := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	child := exec.Command(reachableCopy(t), "-test.run="+name, "-test.v")
	child.Env = append(os.Environ(), childMark+"=1")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Errorf("as an ordinary user: %v\n%s", err, output)
	}
	return false
}

// reachableCopy copies the test's program to where any user may run it: the one
// that go test makes lies in a folder of root's own.
func reachableCopy(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "unprivileged-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "test")
	if err := copyProgram(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func copyProgram(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return err
	}
	return to.Close()
}
