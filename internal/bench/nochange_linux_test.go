package bench

import (
	"flag"
	"os"
	"os/exec"
	"testing"
	"time"
)

// files is how many there are; fewer are of use to try a benchmark out.
var files = flag.Int("files", 100_000, "files of a benchmark of many files")

// BenchmarkNoChange is a run of 100,000 files of 1 KiB, in 1,000 folders, that are all in
// the cloud: the whole process, from its start to its end.
func BenchmarkNoChange(b *testing.B) {
	at := newBackup(b, build(b), *files, 1024)
	at.settle(b)
	b.Run("against-find", func(b *testing.B) {
		ours, find := compare(b, 7, at.command, at.find)
		Figure{Unit: "s", Ours: ours.wall, Baseline: find.wall, AtMost: 2.5}.Report(b)
		b.ReportMetric(ours.cpu, "cpu-s")
		b.ReportMetric(find.cpu, "find-cpu-s")
	})
	b.Run("without-a-cache-against-it", func(b *testing.B) {
		unknown := func() *exec.Cmd {
			must(b, os.RemoveAll(at.state))
			return at.command()
		}
		ours, known := compare(b, 3, unknown, at.command)
		Figure{Unit: "s", Ours: ours.wall, Baseline: known.wall}.Report(b)
		b.ReportMetric(ours.cpu, "cpu-s")
	})
	b.Run("memory-of-100MiB", func(b *testing.B) {
		Figure{Unit: "MiB", Ours: memory(b, at.command).resident, Baseline: 100, AtMost: 1}.Report(b)
	})
}

// settle runs until the cache holds everything: a file that was just written may change
// within the same tick of the file system's clock, and is read again.
func (at *backup) settle(b *testing.B) {
	b.Helper()
	time.Sleep(3 * time.Second)
	run(b, at.command())
}

// BenchmarkMillion is a run of 1,000,000 files, none of which holds anything, that are
// all in the cloud, against one of 100,000.
func BenchmarkMillion(b *testing.B) {
	if os.Getenv("JOTTARUN_SOAK") == "" {
		b.Skip("it takes minutes: JOTTARUN_SOAK=1 runs it")
	}
	program := build(b)
	few, many := newBackup(b, program, *files, 0), newBackup(b, program, 10**files, 0)
	few.settle(b)
	many.settle(b)
	b.Run("time-against-a-tenth", func(b *testing.B) {
		ours, tenth := compare(b, 3, many.command, few.command)
		Figure{Unit: "s", Ours: ours.wall, Baseline: tenth.wall, AtMost: 11}.Report(b)
		b.ReportMetric(ours.cpu, "cpu-s")
		b.ReportMetric(tenth.cpu, "tenth-cpu-s")
	})
	b.Run("anonymous-memory-of-250MiB", func(b *testing.B) {
		Figure{Unit: "MiB", Ours: memory(b, many.command).anonymous, Baseline: 250, AtMost: 1}.Report(b)
	})
}
