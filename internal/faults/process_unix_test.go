//go:build linux || darwin || freebsd

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// jobsFile writes the jobs file of the lab's job for the real program, with settings
// and keys of the job besides the usual ones.
func (l *lab) jobsFile(settings, job string) {
	l.t.Helper()
	check(l.t, os.WriteFile(filepath.Join(l.dir, "jobs.yaml"), fmt.Appendf(nil, `
version: 1
account:
  service: custom
  endpoints: {jfs: %[1]q, api: %[1]q}
settings: {state_dir: state%[2]s}
jobs:
  job: {root: root, target: %[3]s%[4]s}
`, l.door.url, settings, target, job), 0o600))
}

// command is the real program as a process, not yet started.
func (l *lab) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Getenv(program), append(args, "-v", "-c", filepath.Join(l.dir, "jobs.yaml"))...)
	cmd.Env = []string{
		"HOME=" + l.dir, "PATH=" + os.Getenv("PATH"), "TZ=UTC",
		"JOTTACLOUD_USERNAME=" + l.server.Username(), "JOTTACLOUD_PASSWORD=" + l.server.Password(),
	}
	return cmd
}

// process is one that runs, and what it has said so far.
type process struct {
	*exec.Cmd
	mu    sync.Mutex
	words bytes.Buffer
	ended chan struct{}
}

func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.words.Write(text)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.words.String()
}

func (l *lab) start(cmd *exec.Cmd) *process {
	l.t.Helper()
	p := &process{Cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	check(l.t, cmd.Start())
	return p
}

// wait waits for the end of a process, audits what it said, and returns its exit code;
// -1 where a signal ended it.
func (l *lab) wait(p *process) int {
	l.t.Helper()
	hangs := time.AfterFunc(patience, func() { _ = p.Process.Kill() })
	_ = p.Wait() // its code says how it ended
	if !hangs.Stop() {
		l.t.Fatalf("%s after %v it does not end:\n%s", strings.Join(p.Args, " "), patience, p.said())
	}
	l.auditProcess(p)
	return p.ProcessState.ExitCode()
}

// exec runs the real program to its end.
func (l *lab) exec(args ...string) (code int, said string) {
	l.t.Helper()
	p := l.start(l.command(args...))
	return l.wait(p), p.said()
}

// mustExec is exec where the exit code is known, and the words that explain it.
func (l *lab) mustExec(want int, words string, args ...string) string {
	l.t.Helper()
	code, said := l.exec(args...)
	if code != want || !strings.Contains(said, words) {
		l.t.Errorf("%s ended with %d, want %d and %q; it said:\n%s", strings.Join(args, " "), code, want, words, said)
	}
	return said
}

// auditProcess: no secret is in its arguments, its words, or in a file of its state,
// but for the file of a session, which nobody else can read.
func (l *lab) auditProcess(p *process) {
	l.t.Helper()
	secrets := []string{l.server.Password(), l.server.Token(), "/files/v1/upload/"}
	for _, secret := range secrets {
		if strings.Contains(p.said()+strings.Join(p.Args, " "), secret) {
			l.t.Errorf("%q is to be seen in:\n%s", secret, p.said())
		}
	}
	err := filepath.WalkDir(filepath.Join(l.dir, "state"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			l.t.Errorf("others can read %s", path)
		}
		content, _ := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				l.t.Errorf("%s holds a secret", path)
			}
		}
		return err
	})
	check(l.t, err)
	l.auditWords(p.said())
	l.auditCloud()
	l.decoy.audit(l.t)
}

// auditWords: what the program says is made of lines of text, whatever files are called.
func (l *lab) auditWords(words string) {
	l.t.Helper()
	for line := range strings.Lines(words) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) || !utf8.ValidString(line) {
			l.t.Errorf("it says %q", line)
		}
	}
}

// await waits until the cloud has had n requests of the route, or the process is gone.
func (l *lab) await(route string, n int) {
	l.t.Helper()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		came := 0
		for _, r := range l.server.Requests() {
			if r.Route == route {
				came++
			}
		}
		if came >= n {
			return
		}
		select {
		case <-poll.C:
		case <-late.C:
			l.t.Fatalf("of %d requests of route %s only %d came", n, route, came)
		}
	}
}
