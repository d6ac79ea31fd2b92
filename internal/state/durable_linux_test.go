package state_test

import (
	"errors"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/state"
)

// What cannot be made durable is not there: where fsync fails, so does the writing, and
// what was there before stays.
func TestWhatCannotBeSyncedIsNotWritten(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	first := state.Record{Job: "job", Target: "/d/b/f", Started: time.Unix(1, 0), Ended: time.Unix(2, 0)}
	check(t, dir.Append("job", first))
	err := withoutFsync(t, func() error { return dir.Append("job", state.Record{Job: "job"}) })
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("a disk that syncs nothing: %v", err)
	}
	records, err := dir.History("job")
	if err != nil || len(records) != 1 || records[0].Target != first.Target {
		t.Errorf("the history is %+v, %v", records, err)
	}
}

// withoutFsync runs do on a thread of its own, to which the kernel answers every fsync
// with an input/output error.
func withoutFsync(t *testing.T, do func() error) (err error) {
	t.Helper()
	var refused error
	var done sync.WaitGroup
	done.Go(func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if refused = refuseFsync(); refused == nil {
			err = do()
		}
	})
	done.Wait()
	if refused != nil {
		t.Skipf("this kernel filters no system calls: %v", refused)
	}
	return err
}

func refuseFsync() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FSYNC, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(syscall.EIO)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return errno
	}
	return nil
}
