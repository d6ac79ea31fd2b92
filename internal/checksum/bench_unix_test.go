//go:build unix

package checksum

import (
	"crypto/md5"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/internal/bench"
)

// Each of these reads the same files twice a round, from memory: once by a Hasher, and
// once by a baseline. The figures of the table are CPU time, user and system, in
// milliseconds; x-crypto/md5 is how many times less that is.

func BenchmarkFilesOfOneSize(b *testing.B) {
	for shift := 10; shift <= 26; shift += 2 {
		size := 1 << shift
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			files := writeFiles(b, slices.Repeat([]int{size}, min(4096, max(8, 256<<20/size))))
			compareWithCryptoMD5(b, slices.Repeat(files, max(1, 64/len(files))), 0)
		})
	}
}

// BenchmarkMixedFiles has as many files from 1 to 2 KiB as from 32 to 64 MiB.
// JOTTARUN_SOAK makes them 4 GiB in all.
func BenchmarkMixedFiles(b *testing.B) {
	total := 2 << 30
	if os.Getenv("JOTTARUN_SOAK") != "" {
		total = 4 << 30
	}
	random := rand.New(rand.NewPCG(1, 2))
	var sizes []int
	for total > 0 {
		size := min(total, int(math.Exp2(10+16*random.Float64())))
		sizes, total = append(sizes, size), total-size
	}
	files := writeFiles(b, sizes)
	b.Run("crypto-md5", func(b *testing.B) { compareWithCryptoMD5(b, files, 0.5) })
	b.Run("rclone", func(b *testing.B) { compareWithRclone(b, files) })
}

func writeFiles(b *testing.B, sizes []int) []string {
	dir := b.TempDir()
	content := noise(slices.Max(sizes))
	var files []string
	for i, size := range sizes {
		path := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(path, content[:size], 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}

// compareWithCryptoMD5 has a plain loop for a baseline, with a goroutine per CPU.
func compareWithCryptoMD5(b *testing.B, files []string, atMost float64) {
	h := New(runtime.GOMAXPROCS(0))
	var plain, hasher costs
	for b.Loop() {
		plain.add(measure(b, files, runtime.GOMAXPROCS(0), plainSum()))
		hasher.add(measure(b, files, h.Streams(), sumBy(b, h)))
	}
	figure := bench.Figure{Unit: "cpu-ms", Ours: bench.Median(hasher.cpu), Baseline: bench.Median(plain.cpu), AtMost: atMost}
	figure.Report(b)
	b.ReportMetric(figure.Baseline/figure.Ours, "x-crypto/md5")
	b.ReportMetric(bench.Median(plain.wall)/bench.Median(hasher.wall), "wall-x-crypto/md5")
	b.ReportMetric(1000*figure.Ours/float64(len(files)), "cpu-µs/file")
}

// compareWithRclone looks at the time from begin to end; the CPU is a metric beside it.
func compareWithRclone(b *testing.B, files []string) {
	program := os.Getenv("JOTTARUN_RCLONE")
	if program == "" {
		b.Skip("JOTTARUN_RCLONE does not say where rclone is")
	}
	h := New(runtime.GOMAXPROCS(0))
	var rclone, hasher costs
	for b.Loop() {
		command := exec.Command(program, "md5sum", filepath.Dir(files[0]))
		begun := time.Now()
		if output, err := command.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, output)
		}
		used := command.ProcessState
		rclone.add(used.UserTime()+used.SystemTime(), time.Since(begun))
		hasher.add(measure(b, files, h.Streams(), sumBy(b, h)))
	}
	bench.Figure{Unit: "ms", Ours: bench.Median(hasher.wall), Baseline: bench.Median(rclone.wall), AtMost: 0.6}.Report(b)
	b.ReportMetric(bench.Median(rclone.cpu)/bench.Median(hasher.cpu), "cpu-x-rclone")
}

func sumBy(b *testing.B, h *Hasher) func(*os.File, int64) error {
	return func(f *os.File, size int64) error {
		_, err := h.Sum(b.Context(), f, size)
		return err
	}
}

// costs are what each round needs, in milliseconds.
type costs struct{ cpu, wall []float64 }

func (c *costs) add(cpu, wall time.Duration) {
	c.cpu = append(c.cpu, cpu.Seconds()*1000)
	c.wall = append(c.wall, wall.Seconds()*1000)
}

func measure(b *testing.B, files []string, goroutines int, sum func(*os.File, int64) error) (cpu, wall time.Duration) {
	begun, used := time.Now(), cpuTime(b)
	callers := pool.New().WithMaxGoroutines(goroutines)
	for _, path := range files {
		callers.Go(func() {
			if err := sumFile(path, sum); err != nil {
				b.Error(err)
			}
		})
	}
	callers.Wait()
	return cpuTime(b) - used, time.Since(begun)
}

func sumFile(path string, sum func(*os.File, int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return sum(f, info.Size())
}

// plainSum is what one would write without this package.
func plainSum() func(*os.File, int64) error {
	buffers := make(chan []byte, runtime.GOMAXPROCS(0))
	for range cap(buffers) {
		buffers <- make([]byte, 512<<10)
	}
	return func(f *os.File, _ int64) error {
		buffer := <-buffers
		defer func() { buffers <- buffer }()
		hash := md5.New()
		_, err := io.CopyBuffer(hash, struct{ io.Reader }{f}, buffer)
		hash.Sum(nil)
		return err
	}
}

// cpuTime is what the process has used until now.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
