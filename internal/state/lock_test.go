package state_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/state"
)

var since = time.Date(2026, 11, 20, 2, 0, 13, 0, time.UTC)

func lockDir(t *testing.T, path string) *state.Dir {
	t.Helper()
	dir, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func mustLock(t *testing.T, dir *state.Dir, job string) *state.Lock {
	t.Helper()
	lock, err := dir.Lock(job, since)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

// mustBeLocked checks that the lock of a job is held, and by whom.
func mustBeLocked(t *testing.T, dir *state.Dir, job string, pid int) {
	t.Helper()
	lock, err := dir.Lock(job, since.Add(time.Hour))
	if err == nil {
		t.Errorf("the lock of %q was given away twice", job)
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
		return
	}
	host, hostErr := os.Hostname()
	if hostErr != nil {
		t.Fatal(hostErr)
	}
	locked, ok := errors.AsType[*state.LockedError](err)
	if !ok || locked.Job != job || locked.Holder.PID != pid || locked.Holder.Host != host || !locked.Holder.Since.Equal(since) {
		t.Errorf("%#v, want it to be held by %d on %s", err, pid, host)
	}
}

func TestASecondRunIsToldWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	one, two := lockDir(t, path), lockDir(t, path)
	lock := mustLock(t, one, "home")
	mustBeLocked(t, two, "home", os.Getpid())
	mustBeLocked(t, one, "home", os.Getpid())
	if err := mustLock(t, two, "other").Unlock(); err != nil {
		t.Error(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := mustLock(t, two, "home").Unlock(); err != nil {
		t.Error(err)
	}
	for _, made := range []struct {
		name string
		mode os.FileMode
	}{{"locks", 0o700}, {"locks/home.lock", 0o600}} {
		if info, err := os.Stat(filepath.Join(path, made.name)); err != nil || info.Mode().Perm() != made.mode {
			t.Errorf("%s: %v, %v", made.name, info.Mode(), err)
		}
	}
}

func TestLockedErrorInWords(t *testing.T) {
	t.Parallel()
	err := &state.LockedError{Job: "home", Holder: state.Holder{PID: 967, Host: "spec", Since: since}}
	if want := `job "home" is already running: pid 967 on spec since ` + since.Local().Format("2006-01-02 15:04:05"); err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if err := (&state.LockedError{Job: "home"}); err.Error() != `job "home" is already running` {
		t.Errorf("of nobody: %q", err)
	}
}

// What the file says decides nothing; the kernel does.
func TestWhatIsLeftInALockFileBlocksNobody(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := lockDir(t, path)
	file := filepath.Join(path, "locks", "home.lock")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"", "{", "junk", `{"pid":1,"host":"h","since":"2020-01-01T00:00:00Z"}`, strings.Repeat(" ", 10_000), `{"pid":"x"}`} {
		if err := os.WriteFile(file, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		lock := mustLock(t, dir, "home")
		mustBeLocked(t, dir, "home", os.Getpid())
		if text, err := os.ReadFile(file); err != nil || !json.Valid(text) {
			t.Errorf("the lock file says %q, %v", text, err)
		}
		if err := os.WriteFile(file, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		var locked *state.LockedError
		if _, err := dir.Lock("home", since); !errors.As(err, &locked) {
			t.Errorf("%.20q: %v", left, err)
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	}
}

func TestALockThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "locks"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := lockDir(t, path).Lock("home", since)
	if _, locked := errors.AsType[*state.LockedError](err); err == nil || locked || !strings.HasPrefix(err.Error(), `lock job "home": `) {
		t.Errorf("error: %v", err)
	}
}

const (
	lockerState = "JOTTARUN_TEST_LOCKER_STATE"
	lockerChild = "JOTTARUN_TEST_LOCKER_CHILD"
)

// TestHoldTheLock is no test but the process that the tests below start: it takes the
// lock, has a child of its own, and stays until its input ends.
func TestHoldTheLock(t *testing.T) {
	path := os.Getenv(lockerState)
	if path == "" {
		return
	}
	if os.Getenv(lockerChild) == "" {
		mustLock(t, lockDir(t, path), "home")
		child := exec.Command(os.Args[0], "-test.run=^TestHoldTheLock$")
		child.Env = append(os.Environ(), lockerChild+"=1")
		child.Stdin = os.Stdin
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("child %d\n", child.Process.Pid)
	}
	_, _ = io.ReadAll(os.Stdin)
}

// A run that is killed takes its lock with it, even where a process that it started
// lives on.
func TestAKilledHolderBlocksNobody(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := lockDir(t, path)
	holder := exec.Command(os.Args[0], "-test.run=^TestHoldTheLock$")
	holder.Env = append(os.Environ(), lockerState+"="+path)
	input, output := mustPipe(t, holder)
	defer input.Close() // which ends the child that is left
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := output.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "child ")))
	if err != nil {
		t.Fatal(err)
	}
	mustBeLocked(t, dir, "home", holder.Process.Pid)
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Process.Wait(); err != nil {
		t.Fatal(err)
	}
	if !lives(child) {
		t.Error("the holder's child is gone as well")
	}
	lock := mustLock(t, dir, "home")
	mustBeLocked(t, dir, "home", os.Getpid())
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
}

func mustPipe(t *testing.T, cmd *exec.Cmd) (io.WriteCloser, *bufio.Reader) {
	t.Helper()
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return input, bufio.NewReader(output)
}

// lives reports whether a process exists, where that can be told.
func lives(pid int) bool {
	if _, err := os.Stat("/proc/self"); err != nil {
		return true
	}
	_, err := os.Stat(fmt.Sprint("/proc/", pid))
	return err == nil
}

// However often the lock changes hands, who finds it taken is told a holder: never
// half of one, and never nobody.
func TestTheHolderIsNeverTorn(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir, other := lockDir(t, path), lockDir(t, path)
	if err := mustLock(t, dir, "home").Unlock(); err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var rival conc.WaitGroup
	rival.Go(func() {
		defer done.Store(true)
		for range 2000 {
			mustLockOrKnowHolder(t, dir)
		}
	})
	for !done.Load() {
		mustLockOrKnowHolder(t, other)
	}
	rival.Wait()
}

func mustLockOrKnowHolder(t *testing.T, dir *state.Dir) {
	lock, err := dir.Lock("home", since)
	if err == nil {
		err = lock.Unlock()
	}
	locked, taken := errors.AsType[*state.LockedError](err)
	if err != nil && !taken || taken && locked.Holder.PID != os.Getpid() {
		t.Error(err)
	}
}
