//go:build unix

package planner_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// BenchmarkNoChange plans 100,000 files of 1 KiB in 1,000 folders that are all as in the
// cloud: without a cache, and with one that knows them all.
func BenchmarkNoChange(b *testing.B) {
	const folders, files = 1000, 100
	c := newCached(b, b.TempDir())
	listing := jotta.NewListingBuilder()
	for i := range folders {
		for k := range files {
			folder, name := fmt.Sprintf("folder-%04d", i), fmt.Sprintf("file-%04d.dat", k)
			content := bytes.Repeat([]byte{byte(i), byte(k), byte(i >> 8), 0}, 256)
			c.write(folder+"/"+name, string(content))
			listing.AddFile(folder, name, jotta.RemoteFile{Size: int64(len(content)), MD5: md5.Sum(content)})
		}
	}
	listed, err := listing.Build()
	if err != nil {
		b.Fatal(err)
	}
	plan := func(checksums planner.Checksums) {
		spec := c.spec
		spec.Checksums = checksums
		plan, err := planner.Build(b.Context(), spec, lister{listed}, checksum.New(2))
		if err != nil || plan.Counts.Unchanged != folders*files {
			b.Fatalf("planned %+v: %v", plan, err)
		}
	}
	warm := func() {
		checksums := c.state.OpenChecksums("test", 0, slog.New(slog.DiscardHandler))
		defer checksums.Close()
		plan(checksums)
	}
	warm()
	b.Run("cold", func(b *testing.B) { measure(b, func() { plan(nil) }) })
	b.Run("warm", func(b *testing.B) { measure(b, warm) })
}

// measure also says what a call costs the processors, which other programs disturb less
// than they do the time.
func measure(b *testing.B, do func()) {
	before := cpuTime(b)
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64((cpuTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
