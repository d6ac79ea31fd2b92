package priority

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Lower gives the process a lower priority for CPU and disk; one that is lower already
// stays. It is meant to be called before the work begins.
//
// Linux has these priorities by thread, whatever its manuals say of processes: setting
// them for this process would reach the thread that happens to make the call. So each
// thread gets them. New ones have those of the thread that makes them; thus, once all
// that there are were found to be low, all that come will be.
func Lower() error {
	const attempts = 100 // each is for threads made meanwhile by one not yet reached
	for range attempts {
		changed, err := lowerThreads()
		if err != nil || !changed {
			return err
		}
	}
	return errors.New("lower the priority: new threads keep coming")
}

// lowerThreads reports whether any thread had a higher priority.
func lowerThreads() (changed bool, err error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false, fmt.Errorf("list threads: %w", err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return false, fmt.Errorf("list threads: %w", err)
		}
		lowered, err := lowerThread(id)
		if err != nil && !errors.Is(err, unix.ESRCH) { // it may have ended
			return false, err
		}
		changed = changed || lowered
	}
	return changed, nil
}

func lowerThread(id int) (changed bool, err error) {
	cpu, err := lowerCPU(id)
	if err != nil {
		return false, fmt.Errorf("lower the CPU priority: %w", err)
	}
	disk, err := lowerDisk(id)
	if err != nil {
		return false, fmt.Errorf("lower the I/O priority: %w", err)
	}
	return cpu || disk, nil
}

func lowerCPU(thread int) (changed bool, err error) {
	left, err := unix.Getpriority(unix.PRIO_PROCESS, thread)
	if err != nil {
		return false, err
	}
	if 20-left >= niceness { // the system call counts from 40 down to 1
		return false, nil
	}
	return true, unix.Setpriority(unix.PRIO_PROCESS, thread, niceness)
}

// From linux/ioprio.h. A priority is a class and a level in it; class 0 is that of
// threads that were never given one.
const (
	ioprioWhoProcess = 1
	ioprioClassShift = 13
	ioprioClassMask  = 7
	ioprioBestEffort = 2
	ioprioIdle       = 3
	ioprioLevelMask  = 7
)

func lowerDisk(thread int) (changed bool, err error) {
	now, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, ioprioWhoProcess, uintptr(thread), 0)
	if errno != 0 {
		return false, errno
	}
	class, level := now>>ioprioClassShift&ioprioClassMask, now&ioprioLevelMask
	if class == ioprioIdle || class == ioprioBestEffort && level == ioLevel {
		return false, nil
	}
	const low = ioprioBestEffort<<ioprioClassShift | ioLevel
	if _, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(thread), low); errno != 0 {
		return false, errno
	}
	return true, nil
}
