package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const benchmarks = `goos: linux
BenchmarkScan/warm-2         	       1	         0.2 baseline-s	         0.3 cpu-s	         0.6 ours-s	         3 ratio	         2.5 ratio-at-most	     15 B/op
BenchmarkWire-2         	       1	         100 baseline-files/s	         90 ours-files/s	         0.9 ratio	         0.8 ratio-at-least
BenchmarkAlone-2   	     100	    1234 ns/op
BenchmarkShown-2   	       1	         4 baseline-s	         2 ours-s	         0.5 ratio
PASS
`

const table = `
figure     ours        baseline     ratio  target        
Scan/warm  0.6 s       0.2 s        3      at most 2.5   missed
Wire       90 files/s  100 files/s  0.9    at least 0.8  
Shown      2 s         4 s          0.5                  
`

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(strings.NewReader(benchmarks), &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(benchmarks+table, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestTableTellsOfFailures(t *testing.T) {
	t.Parallel()
	for _, failed := range []string{"--- FAIL: BenchmarkScan\n", "FAIL\tgithub.com/jottarun/jottarun/planner\t1.2s\n"} {
		if err := run(strings.NewReader(benchmarks+failed), new(bytes.Buffer)); err == nil {
			t.Errorf("%q is not told", failed)
		}
	}
}
