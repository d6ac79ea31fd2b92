//go:build unix

package executor

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// benchVariable holds the delay of every answer where this program is to be the cloud of
// a benchmark.
const benchVariable = "JOTTARUN_BENCH_CLOUD_DELAY"

// TestBenchCloud is the cloud of a benchmark, a process of its own so that its work is
// told from that of its clients. Each line that it is sent it answers with the CPU time
// that it has used; it ends with its input.
func TestBenchCloud(t *testing.T) {
	delay, err := time.ParseDuration(os.Getenv(benchVariable))
	if err != nil {
		t.Skip("only for benchmarks")
	}
	server, err := emulator.Open(emulator.Options{Directory: t.TempDir(), Devices: []string{"mybox"}, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if delay > 0 {
		server.Inject(emulator.Fault{Delay: delay, Times: 1 << 30})
	}
	running, err := emulator.Start(server, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	fmt.Println("cloud", running.URL, server.Token())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println("cpu", int64(cpuTime()))
	}
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benchCloud is a cloud in another process.
type benchCloud struct {
	b          *testing.B
	url, token string
	process    *exec.Cmd
	in         io.WriteCloser
	out        *bufio.Scanner
}

func startBenchCloud(b *testing.B, delay time.Duration) *benchCloud {
	b.Helper()
	c := &benchCloud{b: b, process: exec.Command(os.Args[0], "-test.run=^TestBenchCloud$")}
	c.process.Env = append(os.Environ(), benchVariable+"="+delay.String())
	if hasRoom(memoryFolder) {
		c.process.Env = append(c.process.Env, "TMPDIR="+memoryFolder)
	}
	in, err := c.process.StdinPipe()
	mustBench(b, err)
	out, err := c.process.StdoutPipe()
	mustBench(b, err)
	mustBench(b, c.process.Start())
	c.in, c.out = in, bufio.NewScanner(out)
	words := c.answer("cloud")
	c.url, c.token = words[0], words[1]
	return c
}

// memoryFolder is where Linux keeps files in memory. A cloud there is quick enough for
// its clients to be what is measured: on a disk, making files is most of its work.
const memoryFolder = "/dev/shm"

// hasRoom reports whether the largest of the clouds fits into a folder.
func hasRoom(folder string) bool {
	const largest = 3 << 30
	free, err := localfs.FreeSpace(folder)
	return err == nil && free > largest
}

func (c *benchCloud) answer(to string) []string {
	c.b.Helper()
	for c.out.Scan() {
		if words := strings.Fields(c.out.Text()); len(words) > 1 && words[0] == to {
			return words[1:]
		}
	}
	c.b.Fatal("the cloud has ended")
	return nil
}

func (c *benchCloud) cpu() time.Duration {
	c.b.Helper()
	_, err := fmt.Fprintln(c.in, "cpu")
	mustBench(c.b, err)
	var used int64
	_, err = fmt.Sscan(c.answer("cpu")[0], &used)
	mustBench(c.b, err)
	return time.Duration(used)
}

func (c *benchCloud) client(uploads int) *jotta.Client {
	c.b.Helper()
	client, err := jotta.New(jotta.Options{
		Endpoints:  jotta.Endpoints{JFS: c.url, API: c.url},
		Authorizer: jotta.BearerToken(jotta.Secret(c.token)), Connections: uploads,
	})
	mustBench(c.b, err)
	mustBench(c.b, client.CreateBackupdir(c.b.Context(), target))
	return client
}

func (c *benchCloud) stop() {
	c.in.Close()
	for c.out.Scan() {
	}
	_ = c.process.Wait()
}

func mustBench(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
