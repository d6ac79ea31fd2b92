package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// TestNice looks at the threads of a run that is stuck in a request. With settings.nice
// they have stepped back, and without it they have not.
func TestNice(t *testing.T) {
	t.Parallel()
	for setting, steps := range map[string]int{"true": 10, "false": 0} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.setting("nice: " + setting)
			check(t, os.WriteFile(filepath.Join(r.root, "a"), []byte("content"), 0o644))
			r.cloud.Inject(emulator.Fault{Route: "allocate", Delay: time.Hour})
			run, _ := r.start()
			r.await("allocate")
			want := max(niceness(t, os.Getpid()), steps)
			threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", run.Process.Pid))
			check(t, err)
			for _, thread := range threads {
				id, err := strconv.Atoi(thread.Name())
				check(t, err)
				if got := niceness(t, id); got != want {
					t.Errorf("thread %d of %d: niceness %d, want %d", id, len(threads), got, want)
				}
			}
			check(t, run.Process.Kill())
			_ = run.Wait()
		})
	}
}

// setting adds a line to the settings of the jobs file.
func (r *rig) setting(line string) {
	r.t.Helper()
	text, err := os.ReadFile(r.jobs)
	check(r.t, err)
	before, after, found := strings.Cut(string(text), "settings: {")
	if !found {
		r.t.Fatalf("the jobs file has no settings:\n%s", text)
	}
	check(r.t, os.WriteFile(r.jobs, []byte(before+"settings: {"+line+", "+after), 0o600))
}

func niceness(t *testing.T, thread int) int {
	t.Helper()
	left, err := unix.Getpriority(unix.PRIO_PROCESS, thread)
	check(t, err)
	return 20 - left
}
