//go:build unix

package executor

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/internal/bench"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

const benchRounds = 3

// BenchmarkUploadSmall brings new files of 16 KiB to a cloud in another process, in turn
// with a bare client that makes the same pairs of requests and knows all it sends
// beforehand.
func BenchmarkUploadSmall(b *testing.B) {
	const uploads, count = 8, 10_000
	files := newBenchFiles(b, count, 16<<10)
	var bare, ours, shares []float64
	for range benchRounds {
		bare = append(bare, measure(b, 0, func(c *benchCloud) { c.bare(uploads, files) }).took.Seconds())
		took := measure(b, 0, func(c *benchCloud) { c.upload(uploads, files.plan) })
		ours = append(ours, took.took.Seconds())
		shares = append(shares, 100*took.cloudCPU.Seconds()/(took.cloudCPU+took.ownCPU).Seconds())
	}
	report(b, "against-a-bare-client", bench.Figure{
		Unit: "files/s", Ours: count / bench.Median(ours), Baseline: count / bench.Median(bare), AtLeast: 0.8,
	})
	report(b, "the-cloud's-share-of-the-CPU", bench.Figure{Unit: "%", Ours: bench.Median(shares), Baseline: 50, AtMost: 1})
}

// BenchmarkUploadSmallFar does the same where each answer takes 30 ms more. No client can
// be quicker than its uploads and two answers for each file allow.
func BenchmarkUploadSmallFar(b *testing.B) {
	const uploads, count, delay = 16, 10_000, 30 * time.Millisecond
	files := newBenchFiles(b, count, 16<<10)
	bare := measure(b, delay, func(c *benchCloud) { c.bare(uploads, files) })
	ours := measure(b, delay, func(c *benchCloud) { c.upload(uploads, files.plan) })
	figure := bench.Figure{Unit: "files/s", Ours: count / ours.took.Seconds(), Baseline: count / bare.took.Seconds()}
	report(b, "against-a-bare-client", figure)
	figure.Baseline, figure.AtLeast = uploads/(2*delay).Seconds(), 0.9
	report(b, "against-the-ideal", figure)
}

// BenchmarkUploadLarge brings one file of 2 GiB to a cloud in another process: sent is
// compared with a bare POST of the same bytes, and the whole with that and a pass of MD5.
func BenchmarkUploadLarge(b *testing.B) {
	const size, mebibytes = 2 << 30, 2 << 10
	files := newBenchFiles(b, 1, size)
	var bare, sending, more, passes []float64
	for range benchRounds {
		pass := files.hash(b)
		alone := measure(b, 0, func(c *benchCloud) { c.bare(1, files) })
		var sent time.Duration
		ours := measure(b, 0, func(c *benchCloud) { sent = c.upload(1, files.plan) })
		bare, sending = append(bare, alone.took.Seconds()), append(sending, sent.Seconds())
		more, passes = append(more, (ours.took-alone.took).Seconds()), append(passes, pass.Seconds())
	}
	report(b, "sending-against-a-bare-POST", bench.Figure{
		Unit: "MiB/s", Ours: mebibytes / bench.Median(sending), Baseline: mebibytes / bench.Median(bare), AtLeast: 0.85,
	})
	report(b, "more-than-that-against-a-pass-of-MD5", bench.Figure{
		Unit: "s", Ours: bench.Median(more), Baseline: bench.Median(passes), AtMost: 1.1,
	})
}

// report gives a figure a line of its own.
func report(b *testing.B, name string, figure bench.Figure) {
	b.Run(name, func(b *testing.B) { figure.Report(b) })
}

// figures are what something took.
type figures struct{ took, ownCPU, cloudCPU time.Duration }

// measure does something with a cloud that is new.
func measure(b *testing.B, delay time.Duration, do func(*benchCloud)) (f figures) {
	b.Helper()
	cloud := startBenchCloud(b, delay)
	defer cloud.stop()
	cloudCPU, ownCPU, began := cloud.cpu(), cpuTime(), time.Now()
	do(cloud)
	f.took, f.ownCPU = time.Since(began), cpuTime()-ownCPU
	f.cloudCPU = cloud.cpu() - cloudCPU
	return f
}

// benchFiles are files on disk, and the plan to upload them.
type benchFiles struct {
	plan *planner.Plan
	root string
	size int64
	sums []jotta.MD5
}

func newBenchFiles(b *testing.B, count int, size int64) *benchFiles {
	b.Helper()
	files := &benchFiles{root: b.TempDir(), size: size, plan: &planner.Plan{Job: "job", Target: target}}
	files.plan.Roots = []planner.Root{{Path: files.root}}
	chunk := make([]byte, min(size, 1<<20))
	random := rand.NewChaCha8([32]byte{1})
	for i := range count {
		name := planner.RelPath(fmt.Sprintf("%03d/%05d", i/100, i))
		mustBench(b, os.MkdirAll(fmt.Sprintf("%s/%03d", files.root, i/100), 0o755))
		file, err := os.Create(files.root + "/" + string(name))
		mustBench(b, err)
		sum := md5.New()
		for written := int64(0); written < size; written += int64(len(chunk)) {
			_, _ = random.Read(chunk)
			sum.Write(chunk)
			_, err = file.Write(chunk)
			mustBench(b, err)
		}
		mustBench(b, file.Close())
		files.sums = append(files.sums, jotta.MD5(sum.Sum(nil)))
		files.plan.Actions = append(files.plan.Actions, planner.Action{
			Kind: planner.New, Path: name, CloudPath: name, Local: &planner.LocalFile{Rel: name, Size: size},
		})
		files.plan.Counts.New++
	}
	return files
}

// hash is one pass of MD5 over a file that is in memory.
func (f *benchFiles) hash(b *testing.B) time.Duration {
	file, err := os.Open(f.root + "/" + string(f.plan.Actions[0].Path))
	mustBench(b, err)
	defer file.Close()
	began := time.Now()
	_, err = io.CopyBuffer(md5.New(), struct{ io.Reader }{file}, make([]byte, 512<<10))
	mustBench(b, err)
	return time.Since(began)
}

// upload runs a plan, and returns how long files were being sent.
func (c *benchCloud) upload(uploads int, plan *planner.Plan) time.Duration {
	client := c.client(uploads)
	defer client.Close()
	var first, last time.Time
	var failure error
	summary, err := Run(context.Background(), plan, client, Options{
		Slots: NewSlots(uploads), Hasher: checksum.New(2), Now: later, Observe: func(e Event) {
			if e.Type == Sent && first.IsZero() {
				first = time.Now()
			}
			if e.Type == Done {
				last = time.Now()
			}
			if e.Type == Failed {
				failure = e.Err
			}
		},
	})
	mustBench(c.b, err)
	if summary.Uploaded != len(plan.Actions) {
		c.b.Fatalf("%d of %d uploaded: %v", summary.Uploaded, len(plan.Actions), failure)
	}
	return last.Sub(first)
}

// bare sends files that are known beforehand, with two requests each.
func (c *benchCloud) bare(uploads int, files *benchFiles) {
	c.client(uploads).Close() // makes the backupdir
	transport := &http.Transport{MaxIdleConnsPerHost: uploads, WriteBufferSize: 64 << 10}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	workers := pool.New()
	for range uploads {
		workers.Go(func() {
			small := make([]byte, min(files.size, 1<<20))
			for i := next.Add(1) - 1; i < int64(len(files.sums)); i = next.Add(1) - 1 {
				c.barePair(client, files, int(i), small)
			}
		})
	}
	workers.Wait()
}

func (c *benchCloud) barePair(client *http.Client, files *benchFiles, i int, small []byte) {
	action := files.plan.Actions[i]
	question := fmt.Sprintf(`{"path":"/jfs%s","bytes":%d,"md5":"%s","created":"2026-01-02T03:04:05Z","modified":"2026-01-02T03:04:05Z"}`,
		target.Join(string(action.Path)), files.size, files.sums[i])
	var allocated struct {
		URL string `json:"upload_url"`
	}
	c.post(client, c.url+"/files/v1/allocate", bytes.NewReader([]byte(question)), int64(len(question)), &allocated)
	file, err := os.Open(files.root + "/" + string(action.Path))
	mustBench(c.b, err)
	defer file.Close()
	body := io.Reader(struct{ io.Reader }{file})
	if files.size <= int64(len(small)) {
		_, err := io.ReadFull(file, small)
		mustBench(c.b, err)
		body = bytes.NewReader(small)
	}
	var stored struct{ MD5 string }
	c.post(client, allocated.URL, body, files.size, &stored)
	if stored.MD5 != files.sums[i].String() {
		c.b.Errorf("stored %q", stored.MD5)
	}
}

func (c *benchCloud) post(client *http.Client, url string, body io.Reader, size int64, answer any) {
	req, err := http.NewRequest(http.MethodPost, url, body)
	mustBench(c.b, err)
	req.ContentLength = size
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := client.Do(req)
	mustBench(c.b, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	mustBench(c.b, err)
	if resp.StatusCode != http.StatusOK {
		c.b.Errorf("%s: %s", resp.Status, text)
	}
	mustBench(c.b, json.Unmarshal(text, answer))
}
