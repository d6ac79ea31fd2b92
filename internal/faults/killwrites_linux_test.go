package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A run that is killed at any step of what it writes for itself leaves what was there
// before or what was to be: the next run ends well. The kernel kills it, at the system
// call.
func TestKilledWhileWritingState(t *testing.T) {
	t.Parallel()
	mustInject(t)
	d, kills := newDoomed(t), 0
	d.jobsFile("", ", max_prune: 100%, prune: trash, rehash: 1%") // so that each run writes checksums
	for range times(1, 5) {
		for _, file := range stateFiles() {
			for _, call := range file.calls {
				d.dieWriting(file, call)
				kills++
			}
		}
	}
	d.mustConverge()
	t.Logf("figures: %d kills while state was written, nothing lost and nothing twice", kills)
}

// dieWriting has a run killed, and the next one recover.
func (d *doomed) dieWriting(file stateFile, call systemCall) {
	d.t.Helper()
	path, point := d.find(file.path), fmt.Sprintf("before %s (%d) of %s", call.name, call.nth, file.name)
	if file.fresh {
		check(d.t, os.Remove(path))
	}
	for try := 1; ; try++ {
		if file.login != loginStays {
			check(d.t, d.server.ExpireAccessTokens())
		}
		d.edit()
		p := d.start(d.killedBy(call, path))
		// Calls are counted by thread, and the program does not stay on one.
		if call.nth == 1 || try == 10 {
			d.mustDie(p, point)
			break
		}
		if code := d.wait(p); code == -1 {
			break
		}
		d.letGo()
	}
	d.mustRecover(point, file.login == loginMayGo)
}

// stateFile is a file that runs write, in the state folder, and the steps of that.
type stateFile struct {
	name, path string // the path may hold wildcards
	fresh      bool   // it is removed before
	login      loginFate
	calls      []systemCall
}

// systemCall is a call about a file itself, or about its folder; the nth of a thread.
type systemCall struct {
	name  string
	about about
	nth   int
}

type about int

const (
	theFile about = iota
	theTemporary
	theFolder
)

func stateFiles() []stateFile {
	replaced := []systemCall{
		{"openat", theFolder, 1}, {"write", theTemporary, 1}, {"fsync", theTemporary, 1}, {"renameat", theFolder, 1}, {"fsync", theFolder, 1},
	}
	locked := []systemCall{{"flock", theFile, 1}, {"pwrite64", theFile, 1}, {"ftruncate", theFile, 1}}
	committed := []systemCall{
		{"pwrite64", theFile, 1}, {"fdatasync", theFile, 1}, {"pwrite64", theFile, 2}, {"pwrite64", theFile, 3}, {"fdatasync", theFile, 2},
	}
	return []stateFile{
		{"the lock", "locks/job.lock", false, loginStays, locked},
		{"a new lock", "locks/job.lock", true, loginStays, locked},
		{"the history", "history/job.jsonl", false, loginStays, replaced},
		{"the session", "sessions/*.json", false, loginMayGo, replaced},
		{"the checksums", "checksums/job.db", false, loginStays, committed},
		{"new checksums", "checksums/job.db", true, loginStays, committed},
	}
}

// find returns the newest file of the state folder that a pattern names: of lost
// logins the sessions stay.
func (d *doomed) find(pattern string) (newest string) {
	d.t.Helper()
	found, err := filepath.Glob(filepath.Join(d.dir, "state", pattern))
	check(d.t, err)
	var last time.Time
	for _, path := range found {
		info, err := os.Stat(path)
		check(d.t, err)
		if info.ModTime().After(last) {
			newest, last = path, info.ModTime()
		}
	}
	if newest == "" {
		d.t.Fatalf("round %d: there is no %s", d.round, pattern)
	}
	return newest
}

// killedBy is a run that is killed before a system call about a file.
func (d *doomed) killedBy(call systemCall, path string) *exec.Cmd {
	cmd := d.command()
	switch call.about {
	case theTemporary:
		path += ".tmp"
	case theFolder:
		path = filepath.Dir(path)
	}
	traced := exec.Command("strace", append([]string{
		"-f", "-qqq", "-o", "/dev/null", "-P", path,
		"-e", "trace=" + call.name, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call.name, call.nth),
	}, cmd.Args...)...)
	traced.Env = cmd.Env
	return traced
}

func mustInject(t *testing.T) {
	t.Helper()
	said, err := exec.Command("strace", "-qqq", "-e", "inject=exit_group:signal=KILL", "true").CombinedOutput()
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Skipf("there is no strace that may kill: %v %s", err, said)
	}
}
