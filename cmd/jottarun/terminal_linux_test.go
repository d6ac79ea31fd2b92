package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// TestOnATerminal runs jottarun on a terminal of 80 columns with a slow cloud, and reads
// what it draws.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	const bold, progress = "\x1b[1m", " uploading"
	for name, tt := range map[string]struct {
		env, args           []string
		wantDrawn, wantGone []string
	}{
		"usual":    {nil, nil, []string{progress, bold, `evil\x1b[31m`, `problem in job "home": "Foo"`}, nil},
		"no color": {[]string{"NO_COLOR=1"}, nil, []string{progress, "\x1b[J"}, []string{bold}},
		"dumb":     {[]string{"TERM=dumb"}, nil, []string{`planning job "home"; never proved`, `uploading job "home": 2 files`}, []string{"\x1b"}},
		"quiet":    {nil, []string{"-q"}, []string{`problem in job "home": "Foo"`}, []string{"\x1b", progress}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, file := range []string{"a", "evil\x1b[31m", "Foo", "foo"} {
				r.put(file, file)
			}
			r.cloud.Inject(emulator.Fault{Route: "allocate", Delay: time.Second, Times: 2})
			drawn := r.onTerminal(append([]string{"run"}, tt.args...), tt.env)
			for _, want := range tt.wantDrawn {
				if !strings.Contains(drawn, want) {
					t.Errorf("it never shows %q:\n%q", want, drawn)
				}
			}
			for _, gone := range append(tt.wantGone, "\x1b[31m.", "evil\x1b[31m") {
				if strings.Contains(drawn, gone) {
					t.Errorf("it shows %q:\n%q", gone, drawn)
				}
			}
			if _, end, found := strings.Cut(drawn, progress); found && strings.Contains(end[strings.LastIndex(end, "\r\x1b[J"):], "uploading") {
				t.Errorf("the progress is still there at the end:\n%q", drawn)
			}
		})
	}
}

// onTerminal runs a command whose standard error is a terminal, and returns what was
// written to that.
func (r *rig) onTerminal(args, env []string) string {
	r.t.Helper()
	master, terminal := openTerminal(r.t)
	self, err := os.Executable()
	check(r.t, err)
	path := filepath.Join(r.dir, "jottarun")
	check(r.t, os.Symlink(self, path))
	run := exec.CommandContext(r.t.Context(), path, append(args, "-c", r.jobs)...)
	run.Env = append([]string{"TERM=xterm", "HOME=" + r.dir, "JOTTACLOUD_USERNAME=me", "JOTTACLOUD_PASSWORD=secret", noRaceExit}, env...)
	run.Stderr = terminal
	check(r.t, run.Start())
	check(r.t, terminal.Close())
	drawn, err := io.ReadAll(master) // ends with an error once nobody has the terminal open
	if err != nil && !strings.Contains(err.Error(), syscall.EIO.Error()) {
		r.t.Error(err)
	}
	_ = run.Wait() // the twins are a problem, and the exit code 3
	if code := run.ProcessState.ExitCode(); code != exit.CodeUnprotected {
		r.t.Errorf("exit code %d", code)
	}
	return string(drawn)
}

func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { check(t, master.Close()) })
	check(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	check(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	check(t, err)
	check(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}))
	return master, terminal
}
