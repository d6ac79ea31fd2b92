//go:build linux || darwin || freebsd

package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// mortal is a cloud in a process of its own, which dies and comes back. It is also the
// clock of its client: what would wait, waits until the cloud is there again.
type mortal struct {
	t       testing.TB
	dir     string
	url     string
	mu      sync.Mutex // guards what follows
	process *exec.Cmd  // nil when dead
	deaths  int
}

func newMortal(t testing.TB) *mortal {
	m := &mortal{t: t, dir: filepath.Join(t.TempDir(), "cloud"), url: "http://127.0.0.1:0"}
	m.revive()
	t.Cleanup(m.kill)
	return m
}

// revive starts the process, at the address that it had before.
func (m *mortal) revive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process != nil {
		return
	}
	m.process = exec.Command(os.Getenv(program), "emulator", "--directory", m.dir, "--device", "mybox",
		"--listen", strings.TrimPrefix(m.url, "http://"))
	m.process.Env = []string{"JOTTACLOUD_USERNAME=me", "JOTTACLOUD_PASSWORD=password"}
	out, err := m.process.StdoutPipe()
	check(m.t, err)
	check(m.t, m.process.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	check(m.t, err)
	m.url = strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
}

func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil {
		return
	}
	check(m.t, m.process.Process.Kill())
	_ = m.process.Wait() // it was killed
	m.process = nil
	m.deaths++
}

// Now is the system's time.
func (m *mortal) Now() time.Time { return time.Now() }

// Sleep ends when the cloud is there.
func (m *mortal) Sleep(ctx context.Context, _ time.Duration) error {
	m.revive()
	return context.Cause(ctx)
}

// tree asks the cloud what it has.
func (m *mortal) tree(path string) (files []emulator.File) {
	m.t.Helper()
	request, err := http.NewRequest(http.MethodGet, m.url+"/emulator/tree?path="+path, nil)
	check(m.t, err)
	request.SetBasicAuth("me", "password")
	answer, err := http.DefaultClient.Do(request)
	check(m.t, err)
	defer answer.Body.Close()
	check(m.t, json.NewDecoder(answer.Body).Decode(&files))
	return files
}

// The process of the cloud is killed in the middle of uploads, again and again, and each
// time comes back with what it had: the run goes on from there, and ends well.
func TestCloudProcessIsKilled(t *testing.T) {
	t.Parallel()
	const size = 24 << 20
	m := newMortal(t)
	client, err := jotta.New(jotta.Options{
		Endpoints:  jotta.Endpoints{JFS: m.url, API: m.url, Upload: m.url, Token: m.url},
		Authorizer: jotta.BasicAuth("me", "password"), Retries: 5, Clock: m,
	})
	check(t, err)
	t.Cleanup(client.Close)
	check(t, client.CreateBackupdir(t.Context(), target))
	rules, err := planner.NewRules(nil)
	check(t, err)
	root := t.TempDir()
	spec := planner.Spec{Job: "job", Target: target, Roots: []planner.RootSpec{{Root: planner.Root{Path: root}, Rules: rules}}}
	hasher, resent, goal := checksum.New(2), int64(0), times(2, 40)
	for round, seed := range seeds(t, goal, goal) {
		roll := dice(seed)
		check(t, os.WriteFile(filepath.Join(root, "big"), bytesOf(seed, size), 0o644))
		plan, err := planner.Build(t.Context(), spec, client, hasher)
		check(t, err)
		sent, fatal := int64(0), 1+roll.Int64N(size)
		kill := func(e executor.Event) {
			sent += e.Bytes
			if e.Type == executor.Sent && sent >= fatal && m.deaths == round {
				m.kill()
			}
		}
		summary, err := executor.Run(t.Context(), plan, client, executor.Options{Slots: executor.NewSlots(1), Hasher: hasher, Observe: kill})
		if err != nil || summary.Unprotected() > 0 {
			t.Fatalf("seed %d: killed at %d of %d: %v, %+v", seed, fatal, size, err, summary)
		}
		resent += summary.SentBytes - size
		files := m.tree(target)
		if want := jotta.MD5(sumOf(t, filepath.Join(root, "big"))); len(files) != 1 || files[0].MD5 != want.String() {
			t.Fatalf("seed %d: the cloud has %+v", seed, files)
		}
	}
	if m.deaths != goal || resent > int64(goal)*(8<<20) {
		t.Errorf("%d deaths of %d, %d bytes sent again", m.deaths, goal, resent)
	}
	t.Logf("figures: %d deaths of the cloud's process within an upload of %d MiB; %d bytes sent again in all", m.deaths, size>>20, resent)
}
