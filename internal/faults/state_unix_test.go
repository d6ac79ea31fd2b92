//go:build linux || darwin || freebsd

package faults

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/internal/unprivileged"
)

// stateTroubles are what can be wrong with the state folder; each is done to it, and
// undone again.
func stateTroubles(dir string) map[string][2]func() error {
	locks := filepath.Join(dir, "locks")
	mode := func(path string, mode os.FileMode) func() error {
		return func() error { return os.Chmod(path, mode) }
	}
	return map[string][2]func() error{
		"read-only": {
			func() error { return errors.Join(os.Remove(filepath.Join(locks, "job.lock")), os.Chmod(locks, 0o500)) },
			mode(locks, 0o700),
		},
		"unreachable":        {mode(dir, 0o000), mode(dir, 0o700)},
		"a file":             {func() error { return swap(dir, dir+".kept", dir) }, func() error { return swap(dir+".kept", dir, "") }},
		"locks are a file":   {func() error { return swap(locks, locks+".kept", locks) }, func() error { return swap(locks+".kept", locks, "") }},
		"lock is unwritable": {mode(filepath.Join(locks, "job.lock"), 0o000), mode(filepath.Join(locks, "job.lock"), 0o600)},
	}
}

// swap moves from to to, and puts an empty file at empty if it is named.
func swap(from, to, empty string) error {
	if empty == "" {
		if err := os.Remove(to); err != nil {
			return err
		}
	}
	if err := os.Rename(from, to); err != nil || empty == "" {
		return err
	}
	return os.WriteFile(empty, nil, 0o600)
}

// Without a state folder that can be written no run begins: the error names it, and
// the cloud is not even asked. Once it can be, all goes on.
func TestStateFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if !unprivileged.Rerun(t) {
		return
	}
	l := newLab(t)
	l.jobsFile("", "")
	l.write("file", []byte("content"))
	dir := filepath.Join(l.dir, "state")
	l.mustExec(0, "Done: 1 uploaded", "run")
	for name, trouble := range stateTroubles(dir) {
		t.Run(name, func(t *testing.T) {
			l.write("file", []byte("content with "+name))
			l.server.ResetRequests()
			check(t, trouble[0]())
			code, said := l.exec("run")
			check(t, trouble[1]())
			if code != 1 || !strings.Contains(said, dir) {
				t.Errorf("ended with %d:\n%s", code, said)
			}
			if n := len(l.requests("")); n > 0 {
				t.Errorf("%d requests", n)
			}
			l.mustExec(0, "Done: 0 uploaded, 1 replaced", "run")
			l.mustConverge()
		})
	}
}

// A full disk: nothing can be written to any file. The run fails in words, or goes on
// without; what it says of the cloud is true either way.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile("", "")
	for _, content := range []string{"without a state folder", "with one"} {
		l.write("file", []byte(content))
		p := l.start(full(l.command("run")))
		code := l.wait(p)
		done := l.cloud()["file"] == l.walk()["file"]
		if code == 0 != done || code < 0 || code == 70 || !strings.Contains(p.said(), filepath.Join(l.dir, "state")) {
			t.Errorf("ended with %d, and the file is in the cloud: %v\n%s", code, done, p.said())
		}
		l.mustExec(0, "Done", "run")
		l.mustConverge()
	}
}

// full lets a command write no byte to any file, as on a full disk.
func full(cmd *exec.Cmd) *exec.Cmd {
	limited := exec.Command("/bin/sh", append([]string{"-c", `trap '' XFSZ; ulimit -f 0; exec "$0" "$@"`}, cmd.Args...)...)
	limited.Env = cmd.Env
	return limited
}

// A login token is not spent where the session that it gives could not be kept.
func TestLoginTokenIsNotSpentInVain(t *testing.T) {
	t.Parallel()
	if !unprivileged.Rerun(t) {
		return
	}
	l := newLab(t)
	l.jobsFile("", "")
	l.write("file", []byte("content"))
	token, err := l.server.NewLoginToken()
	check(t, err)
	run := func(prepare func(*exec.Cmd) *exec.Cmd) (int, string) {
		cmd := l.command("run")
		cmd.Env = append(cmd.Env, "JOTTACLOUD_PASSWORD="+token)
		p := l.start(prepare(cmd))
		return l.wait(p), p.said()
	}
	same := func(cmd *exec.Cmd) *exec.Cmd { return cmd }
	dir := filepath.Join(l.dir, "state")
	check(t, os.Mkdir(dir, 0o500))
	for _, tt := range []struct {
		name    string
		mode    os.FileMode
		prepare func(*exec.Cmd) *exec.Cmd
	}{{"read-only", 0o500, same}, {"full", 0o700, full}} {
		check(t, os.Chmod(dir, tt.mode))
		code, said := run(tt.prepare)
		if code == 0 || len(l.requests("token")) > 0 || !strings.Contains(said, dir) {
			t.Errorf("%s: ended with %d after the requests %+v:\n%s", tt.name, code, l.requests("token"), said)
		}
	}
	if code, said := run(same); code != 0 || len(l.requests("token")) != 1 {
		t.Errorf("ended with %d:\n%s", code, said)
	}
	// The session that is damaged meanwhile is neither taken for one nor for none.
	sessions, err := filepath.Glob(filepath.Join(dir, "sessions", "*.json"))
	if err != nil || len(sessions) != 1 {
		t.Fatalf("the sessions %q, %v", sessions, err)
	}
	whole, err := os.ReadFile(sessions[0])
	check(t, err)
	l.server.ResetRequests()
	for n := 0; n < len(whole)-1; n += times(200, 7) {
		check(t, os.WriteFile(sessions[0], whole[:n], 0o600))
		if code, said := run(same); code != 10 || len(l.requests("token")) > 0 {
			t.Fatalf("a session cut at %d: ended with %d:\n%s", n, code, said)
		}
	}
	check(t, os.WriteFile(sessions[0], whole, 0o600))
	if code, said := run(same); code != 0 || len(l.requests("token")) > 0 {
		t.Errorf("ended with %d:\n%s", code, said)
	}
	l.mustConverge()
}

// What stands in the lock file of a job is for people: whatever it is, it neither keeps
// a run from going on nor makes two of them.
func TestDamagedLockFile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile("", "")
	l.write("file", []byte("content"))
	l.mustExec(0, "Done", "run")
	locks, err := filepath.Glob(filepath.Join(l.dir, "state", "locks", "*"))
	if err != nil || len(locks) != 1 {
		t.Fatalf("the locks %q, %v", locks, err)
	}
	whole, err := os.ReadFile(locks[0])
	check(t, err)
	damaged := []string{"", "\x00\x00\x00\x00", "null", "[]", `{"pid":-1}`, `{"pid":"x"}`, strings.Repeat("[", 1<<20), `{"pid":1,"host":"\u001b[2J"}`}
	for n := 0; n < len(whole); n += times(16, 1) {
		damaged = append(damaged, string(whole[:n]))
	}
	for _, text := range damaged {
		check(t, os.WriteFile(locks[0], []byte(text), 0o600))
		l.mustExec(0, "Nothing to do", "run")
	}
	l.mustConverge()
}
