package bench

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
)

// build makes a jottarun as users have it.
func build(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "jottarun")
	out, err := exec.Command("go", "build", "-trimpath", "-o", program, "../../cmd/jottarun").CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return program
}

// cost is what a process took. The CPU time is its own, without that of the cloud.
type cost struct {
	wall, cpu           float64 // seconds
	resident, anonymous float64 // the most memory that it held, in MiB; where it was watched
}

// run waits for a process and fails with it.
func run(b *testing.B, command *exec.Cmd) cost {
	b.Helper()
	return watch(b, command, false)
}

// watch is run for a process whose memory is of interest. Looking at it costs time.
func watch(b *testing.B, command *exec.Cmd, memory bool) (c cost) {
	b.Helper()
	var said bytes.Buffer
	command.Stderr = &said
	begun := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	var watcher conc.WaitGroup
	ended := make(chan struct{})
	if memory {
		watcher.Go(func() { c.watch(command.Process.Pid, ended) })
	}
	err := command.Wait()
	c.wall = time.Since(begun).Seconds()
	close(ended)
	watcher.Wait()
	if err != nil {
		b.Fatalf("%v: %v\n%s", command.Args, err, said.Bytes())
	}
	c.cpu = (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
	return c
}

func (c *cost) watch(process int, ended <-chan struct{}) {
	every := time.NewTicker(2 * time.Millisecond)
	defer every.Stop()
	for {
		status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "status"))
		for line := range strings.Lines(string(status)) {
			field, value, _ := strings.Cut(line, ":")
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			switch field {
			case "VmRSS":
				c.resident = max(c.resident, kib/1024)
			case "RssAnon":
				c.anonymous = max(c.anonymous, kib/1024)
			}
		}
		select {
		case <-ended:
			return
		case <-every.C:
		}
	}
}

// compare runs two programs in turn and returns the medians of what they cost.
func compare(b *testing.B, rounds int, ours, baseline func() *exec.Cmd) (cost, cost) {
	b.Helper()
	var a, z costs
	for b.Loop() {
		for range rounds {
			a = append(a, run(b, ours()))
			z = append(z, run(b, baseline()))
		}
	}
	return a.median(), z.median()
}

// memory runs a program that is watched.
func memory(b *testing.B, program func() *exec.Cmd) (c cost) {
	b.Helper()
	for b.Loop() {
		c = watch(b, program(), true)
	}
	return c
}

type costs []cost

func (c costs) median() cost {
	of := func(figure func(cost) float64) float64 {
		var figures []float64
		for _, each := range c {
			figures = append(figures, figure(each))
		}
		return Median(figures)
	}
	return cost{
		of(func(c cost) float64 { return c.wall }), of(func(c cost) float64 { return c.cpu }),
		of(func(c cost) float64 { return c.resident }), of(func(c cost) float64 { return c.anonymous }),
	}
}
