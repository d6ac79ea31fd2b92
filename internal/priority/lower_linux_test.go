package priority

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const childMark = "JOTTARUN_TEST_PRIORITY"

// TestMain makes this program the child that a test asks for: one that has threads,
// lowers its priority, makes more threads, and prints what all of them have.
func TestMain(m *testing.M) {
	begin := os.Getenv(childMark)
	if begin == "" {
		os.Exit(m.Run())
	}
	if err := child(begin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(begin string) error {
	if begin != "now" {
		return beginWith(begin)
	}
	makeThreads(8)
	if err := Lower(); err != nil {
		return err
	}
	makeThreads(8)
	return eachThread(func(id int) error {
		left, err := unix.Getpriority(unix.PRIO_PROCESS, id)
		io, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, ioprioWhoProcess, uintptr(id), 0)
		fmt.Printf("nice %d, I/O %d/%d\n", 20-left, io>>ioprioClassShift, io&ioprioLevelMask)
		if err != nil {
			return err
		}
		return errnoOrNil(errno)
	})
}

// beginWith gives this thread a priority, and becomes a program that has begun with it.
func beginWith(priority string) error {
	runtime.LockOSThread()
	switch priority {
	case "nice 15":
		if err := unix.Setpriority(unix.PRIO_PROCESS, 0, 15); err != nil {
			return err
		}
	case "idle disk":
		const idle = ioprioIdle << ioprioClassShift
		if _, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, 0, idle); errno != 0 {
			return errno
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Setenv(childMark, "now"); err != nil {
		return err
	}
	return unix.Exec(self, os.Args, os.Environ())
}

// makeThreads returns when there are n more threads than goroutines that run Go code.
func makeThreads(n int) {
	ready := make(chan struct{})
	for range n {
		go func() {
			runtime.LockOSThread()
			ready <- struct{}{}
			select {} // keeps its thread
		}()
	}
	for range n {
		<-ready
	}
}

func eachThread(do func(id int) error) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := do(id); err != nil {
			return err
		}
	}
	return nil
}

func errnoOrNil(errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

func TestEveryThreadIsLowered(t *testing.T) {
	t.Parallel()
	for begin, want := range map[string]string{
		"as usual":  "nice 10, I/O 2/7",
		"nice 15":   "nice 15, I/O 2/7", // what is lower stays
		"idle disk": "nice 10, I/O 3/0",
	} {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), childMark+"="+begin)
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", begin, err, output)
		}
		threads := strings.Split(strings.TrimSpace(string(output)), "\n")
		if len(threads) < 17 {
			t.Errorf("%s: only %d threads:\n%s", begin, len(threads), output)
		}
		for _, got := range threads {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: a thread (-want +got):\n%s", begin, diff)
			}
		}
	}
}
