//go:build linux || darwin || freebsd

package faults

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Sizes around every buffer on the way.
func TestSizes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	sizes := []int{0, 1, 2, 511, 512}
	for _, buffer := range []int{4 << 10, 32 << 10, 64 << 10, 256 << 10, 1 << 20} {
		sizes = append(sizes, buffer-1, buffer, buffer+1)
	}
	for _, size := range sizes {
		l.write(fmt.Sprint(size), bytesOf(uint64(size), size))
	}
	o := l.mustRun()
	if o.summary.Uploaded != len(sizes) {
		t.Errorf("%+v", o.summary)
	}
	l.mustConverge()
	for _, size := range sizes { // same size, other content
		l.write(fmt.Sprint(size), bytesOf(uint64(size)+1, size))
	}
	l.mustConverge()
	t.Logf("figures: %d sizes up to %d", len(sizes), 1<<20+1)
}

// A sparse file beyond what 32 bits can count.
func TestHugeSparseFile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	size := map[bool]int64{false: 8<<20 + 1, true: 4<<30 + 1}[soaking()]
	check(t, os.WriteFile(l.path("sparse"), nil, 0o644))
	check(t, os.Truncate(l.path("sparse"), size))
	o := l.mustRun()
	held := l.server.Tree(target)
	if len(held) != 1 || held[0].Size != size || o.summary.SentBytes != size {
		t.Errorf("the cloud has %+v after %+v", held, o.summary)
	}
	l.mustBeIdle()
	t.Logf("figures: a file of %d bytes", size)
}

// Times that a file can have and the wire cannot carry are cut to the nearest that it
// can, and are no reason to send anything twice.
func TestTimes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	if dir, err := os.MkdirTemp("/dev/shm", "jottarun-"); err == nil { // it keeps times that others cut
		t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
		l.root, l.spec.Roots[0].Path = dir, dir
	}
	times := []int64{-1, 0, 1, -1 << 31, 1<<31 - 1, 1 << 31, 1 << 32, 1 << 33, 253402300799, 253402300800, -62135596801}
	want := map[string]time.Time{}
	for _, seconds := range times {
		name := fmt.Sprint(seconds)
		l.write(name, []byte(name))
		when := unix.Timespec{Sec: seconds, Nsec: 999_999_999}
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, l.path(name), []unix.Timespec{when, when}, 0); err != nil {
			t.Logf("%s: %v", name, err)
		}
		info, err := os.Stat(l.path(name)) // the file system may have cut it, too
		check(t, err)
		want[name] = info.ModTime().UTC().Truncate(time.Second)
		switch year := info.ModTime().UTC().Year(); {
		case year > 9999:
			want[name] = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		case year < 1:
			want[name] = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	l.mustConverge()
	for _, f := range l.server.Tree(target) {
		if !f.Modified.Equal(want[f.Path]) {
			t.Errorf("%s: the cloud has the time %v, want %v", f.Path, f.Modified, want[f.Path])
		}
	}
	t.Logf("figures: %d times", len(times))
}
