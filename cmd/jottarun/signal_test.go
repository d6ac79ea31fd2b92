package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// TestInterrupt sends signals to a run that is stuck in a request: at the first it
// ends within its grace, at the second at once, with the signal's exit code. The
// next run goes on as if nothing had been.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		signals []syscall.Signal
		code    int
	}{
		{"SIGINT", []syscall.Signal{syscall.SIGINT}, exit.CodeInterrupted},
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, exit.CodeTerminated},
		{"twice", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, exit.CodeInterrupted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			check(t, os.WriteFile(filepath.Join(r.root, "a"), []byte("content"), 0o644))
			r.cloud.Inject(emulator.Fault{Route: "allocate", Delay: time.Hour})
			run, output := r.start()
			r.await("allocate")
			started := time.Now()
			for i, signal := range tt.signals {
				if i > 0 {
					output.await(t, "again to end at once") // the first has been taken
				}
				check(t, run.Process.Signal(signal))
			}
			_ = run.Wait()
			if code := run.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d; it said:\n%s", code, tt.code, output)
			}
			if took := time.Since(started); took > 2*workplace.Grace {
				t.Errorf("it took %v to end", took)
			}
			if len(tt.signals) == 1 && !strings.Contains(output.String(), "NOT PROTECTED: 1 of 1 file") {
				t.Errorf("it does not say what is not protected:\n%s", output)
			}
			r.cloud.ClearFaults()
			if _, _, code := r.jottarun("run"); code != exit.CodeDone {
				t.Errorf("the next run ended with %d", code)
			}
			r.compare()
		})
	}
}

// start runs jottarun in a process of its own.
func (r *rig) start() (*exec.Cmd, *lockedBuffer) {
	r.t.Helper()
	self, err := os.Executable()
	check(r.t, err)
	// The scripts' harness makes this program jottarun when it has that name.
	path := filepath.Join(r.dir, "jottarun")
	check(r.t, os.Symlink(self, path))
	run := exec.Command(path, "run", "-c", r.jobs)
	run.Env = append(os.Environ(), "JOTTACLOUD_USERNAME=me", "JOTTACLOUD_PASSWORD=secret", noRaceExit)
	output := &lockedBuffer{written: make(chan struct{}, 1)}
	run.Stdout, run.Stderr = output, output
	check(r.t, run.Start())
	return run, output
}

// await waits until the cloud has had a request of the route.
func (r *rig) await(route string) {
	r.t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		for _, request := range r.cloud.Requests() {
			if request.Route == route {
				return
			}
		}
		select {
		case <-poll.C:
		case <-r.t.Context().Done():
			r.t.Fatalf("no request of route %s came", route)
		}
	}
}

// lockedBuffer collects what a process prints and tells when there is more.
type lockedBuffer struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	written chan struct{}
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.written <- struct{}{}:
	default:
	}
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func (b *lockedBuffer) await(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(b.String(), text) {
		select {
		case <-b.written:
		case <-t.Context().Done():
			t.Fatalf("it never said %q:\n%s", text, b.String())
		}
	}
}
