package emulator

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// BenchmarkSmallUploads is what a first run costs: allocate and upload, eight at a time.
func BenchmarkSmallUploads(b *testing.B) {
	for _, noSync := range []bool{true, false} {
		b.Run(fmt.Sprintf("noSync=%v", noSync), func(b *testing.B) {
			options := testOptions(b)
			options.NoSync = noSync
			c := startCloudWith(b, options)
			c.mountpoint("/mybox/backup")
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 16
			var next atomic.Int64
			b.SetParallelism(max(1, 8/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := next.Add(1)
					c.upload(fmt.Sprintf("/mybox/backup/%d/%d", n/1000, n), fmt.Sprintf("%d %s", n, strings.Repeat("x", 4096)))
				}
			})
		})
	}
}

// BenchmarkListing streams a tree of 100,000 files, and tells what a file costs in memory.
func BenchmarkListing(b *testing.B) {
	c := startCloud(b)
	c.mountpoint("/mybox/backup")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fill(b, c.server, 100, 1000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		r, err := http.NewRequest("GET", c.url+"/jfs/u1/mybox/backup?mode=liststream", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.server.Token())
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Fatal(err)
		}
		_ = response.Body.Close()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/100_000, "B/file")
}

// BenchmarkOpen reads a snapshot of 100,000 files.
func BenchmarkOpen(b *testing.B) {
	options := testOptions(b)
	s := reopen(b, options)
	fill(b, s, 100, 1000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(options)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fill puts files into the tree, without their content.
func fill(b *testing.B, s *Server, folders, files int) {
	b.Helper()
	for folder := range folders {
		err := s.change(func() ([]record, error) {
			base := fmt.Sprintf("/mybox/backup/folder %d", folder)
			records := []record{{Op: opFolder, Path: "/mybox/backup"}, {Op: opFolder, Path: base}}
			for i := range files {
				sum := sumOf(fmt.Sprint(folder, i))
				records = append(records, record{Op: opFile, Path: fmt.Sprintf("%s/file number %d.jpg", base, i), File: &fileRecord{
					UUID: randomUUID(), Current: &revisionRecord{Number: 1, MD5: sum, Size: 4096, Created: 1, Modified: 1, Updated: 1},
				}})
			}
			return records, nil
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
}
