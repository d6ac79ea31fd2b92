package faults

import (
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// program is the real jottarun, for tests that need a process to kill.
const program = "JOTTARUN_TEST_PROGRAM"

// TestMain builds the program once.
func TestMain(m *testing.M) {
	code, err := withProgram(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withProgram(run func() int) (code int, err error) {
	if os.Getenv(program) != "" {
		return run(), nil // a child of a test, which could not build it
	}
	dir, err := os.MkdirTemp("", "jottarun-faults-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "jottarun")
	if output, err := exec.Command("go", "build", "-o", path, "../../cmd/jottarun").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build jottarun: %w\n%s", err, output)
	}
	// Ordinary users run it too, where a test drops to one.
	if err := errors.Join(os.Chmod(dir, 0o755), os.Setenv(program, path)); err != nil {
		return 0, err
	}
	return run(), nil
}

// soaking tells the long forms from the short ones.
func soaking() bool { return os.Getenv("JOTTARUN_SOAK") != "" }

// times is how often a test does what it does.
func times(short, soak int) int {
	if soaking() {
		return soak
	}
	return short
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sumOf(t testing.TB, path string) [md5.Size]byte {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	return md5.Sum(content)
}

func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
