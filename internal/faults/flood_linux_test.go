package faults

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
)

// memoryCap is how much more memory a flood may take than fair weather does.
const memoryCap = 64 << 20

// Answers without an end, or far bigger than they look: each is given up with a plain
// error, and takes little memory.
func TestFloods(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.write("file", []byte("content"))
	l.jobsFile(", retries: 0", "")
	_, calm := l.execMeasured("run")
	size := int64(times(80<<20, 1<<30))
	bomb := gzipOf(bytes.Repeat([]byte(" "), 1<<20), times(100, 1000))
	worst, worstName := int64(0), ""
	all := floods()
	for i, flood := range all {
		l.write("file", fmt.Appendf(nil, "content %d", i))
		l.door.with(func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
			switch {
			case !strings.Contains(r.URL.Path, flood.path):
				cloud.ServeHTTP(w, r)
			case flood.gzip:
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(bomb)
			default:
				w.WriteHeader(max(flood.status, http.StatusOK))
				pour(w, flood.head, flood.fill, size)
			}
		})
		began := time.Now()
		code, peak := l.execMeasured("run")
		if code == 0 || code == 70 || code < 0 {
			t.Errorf("%s: ended with %d", flood.name, code)
		}
		grown := peak - calm
		if grown > memoryCap {
			t.Errorf("%s: took %d MiB", flood.name, grown>>20)
		}
		if grown > worst {
			worst, worstName = grown, flood.name
		}
		t.Logf("%s: %d MiB, %v, ended with %d", flood.name, grown>>20, time.Since(began).Round(time.Millisecond), code)
	}
	t.Logf("figures: %d floods of %d MiB; fair weather takes %d MiB, the worst flood (%s) %d MiB more",
		len(all), size>>20, calm>>20, worstName, worst>>20)
	l.mustConverge()
}

// flood is an answer to requests of a path: head, and then fill over and over.
type flood struct {
	name, path string
	head, fill string
	gzip       bool
	status     int
}

func floods() []flood {
	const listing = "<files><folder><path>/backup/job</path></folder>"
	return []flood{
		{name: "endless JSON", path: "/allocate", head: `{"state":"`, fill: "x"},
		{name: "endless space in JSON", path: "/allocate", fill: " "},
		{name: "nested JSON", path: "/allocate", fill: "["},
		{name: "endless answer to an upload", path: "/upload/", head: `{"md5":"`, fill: "0"},
		{name: "endless refusal", path: "/allocate", fill: "<", status: 409},
		{name: "endless account", path: "/jfs/", head: "<user>", fill: "<username>x", status: 404},
		{name: "endless name", path: "/backup/job", head: listing + `<file><path>/backup/job</path><filename>`, fill: "n"},
		{name: "endless space", path: "/backup/job", head: listing, fill: " "},
		{name: "nested XML", path: "/backup/job", head: "", fill: "<a>"},
		{name: "nested in a file", path: "/backup/job", head: listing + "<file>", fill: "<a>"},
		{name: "endless comment", path: "/backup/job", head: listing + "<!--", fill: "-"},
		{name: "endless attribute", path: "/backup/job", head: `<files a="`, fill: "a"},
		{name: "endless tag", path: "/backup/job", head: `<`, fill: "a"},
		{name: "endless entity", path: "/backup/job", head: listing + "<file><path>&", fill: "a"},
		{name: "gzip bomb for a listing", path: "/backup/job", gzip: true},
		{name: "gzip bomb for an allocation", path: "/allocate", gzip: true},
	}
}

// pour writes head and then fill over and over, until the other end has had enough.
func pour(w io.Writer, head, fill string, size int64) {
	block := []byte(strings.Repeat(fill, (64<<10)/len(fill)))
	_, err := io.WriteString(w, head)
	for written := int64(0); err == nil && written < size; written += int64(len(block)) {
		_, err = w.Write(block)
	}
}

func gzipOf(block []byte, times int) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range times {
		_, _ = w.Write(block) // to memory: it cannot fail
	}
	_ = w.Close()
	return packed.Bytes()
}

// execMeasured runs the program to its end and returns the most memory that it had
// resident. What wait4 says is of no use: it counts this process before the exec.
func (l *lab) execMeasured(args ...string) (code int, peak int64) {
	l.t.Helper()
	p := l.start(l.command(args...))
	var measuring conc.WaitGroup
	ended := make(chan struct{})
	measuring.Go(func() {
		poll := time.NewTicker(2 * time.Millisecond)
		defer poll.Stop()
		for {
			peak = max(peak, resident(p.Process.Pid))
			select {
			case <-poll.C:
			case <-ended:
				return
			}
		}
	})
	code = l.wait(p)
	close(ended)
	measuring.Wait()
	if len(p.said()) > 1<<20 {
		l.t.Errorf("it had %d bytes to say", len(p.said()))
	}
	return code, peak
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func resident(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	found := highWater.FindSubmatch(status)
	if found == nil {
		return 0 // it is gone
	}
	kilobytes, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kilobytes << 10
}
