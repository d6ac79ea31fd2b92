//go:build unix

package checksum

import (
	"crypto/md5"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// Each of these reads the same files twice a round, from memory: once as a plain loop
// with crypto/md5 would, a goroutine per CPU, and once by a Hasher. They report how many
// times less CPU (user and system) and time the Hasher needs.

func BenchmarkFilesOfOneSize(b *testing.B) {
	for shift := 10; shift <= 26; shift += 2 {
		size := 1 << shift
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			files := writeFiles(b, slices.Repeat([]int{size}, min(4096, max(8, 256<<20/size))))
			compare(b, slices.Repeat(files, max(1, 64/len(files))))
		})
	}
}

// BenchmarkMixedFiles has as many files from 1 to 2 KiB as from 32 to 64 MiB.
// JOTTARUN_BENCH_MIB says how much that is in all.
func BenchmarkMixedFiles(b *testing.B) {
	total := 512 << 20
	if mib, err := strconv.Atoi(os.Getenv("JOTTARUN_BENCH_MIB")); err == nil {
		total = mib << 20
	}
	random := rand.New(rand.NewPCG(1, 2))
	var sizes []int
	for total > 0 {
		size := min(total, int(math.Exp2(10+16*random.Float64())))
		sizes, total = append(sizes, size), total-size
	}
	compare(b, writeFiles(b, sizes))
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

func compare(b *testing.B, files []string) {
	h := New(runtime.GOMAXPROCS(0))
	var plain, hasher []cost
	for b.Loop() {
		plain = append(plain, measure(b, files, runtime.GOMAXPROCS(0), plainSum()))
		hasher = append(hasher, measure(b, files, h.Streams(), func(f *os.File, size int64) error {
			_, err := h.Sum(b.Context(), f, size)
			return err
		}))
	}
	p, s := median(plain), median(hasher)
	b.ReportMetric(p.cpu.Seconds()/s.cpu.Seconds(), "cpu-x-crypto/md5")
	b.ReportMetric(p.wall.Seconds()/s.wall.Seconds(), "wall-x-crypto/md5")
	b.ReportMetric(float64(s.cpu.Microseconds())/float64(len(files)), "cpu-µs/file")
}

// cost is what a round needs.
type cost struct{ cpu, wall time.Duration }

func median(costs []cost) cost {
	slices.SortFunc(costs, func(a, b cost) int { return int(a.cpu - b.cpu) })
	return costs[len(costs)/2]
}

func measure(b *testing.B, files []string, goroutines int, sum func(*os.File, int64) error) cost {
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
	return cost{cpu: cpuTime(b) - used, wall: time.Since(begun)}
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
