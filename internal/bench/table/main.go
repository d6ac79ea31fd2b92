// Command table reads what go test prints of benchmarks, passes it on, and ends with one
// table of the figures that have a baseline (internal/bench). It fails where a test has
// failed, not where a figure misses its target: a busy machine is no reason.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/jottarun/jottarun/internal/bench"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(in io.Reader, out io.Writer) error {
	var rows []row
	failed := false
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(out, line)
		failed = failed || strings.HasPrefix(strings.TrimPrefix(line, "--- "), "FAIL")
		if r, ok := parse(line); ok {
			rows = append(rows, r)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read benchmarks: %w", err)
	}
	if err := printTable(out, rows); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	if failed {
		return errors.New("a benchmark has failed")
	}
	return nil
}

// row is one figure.
type row struct {
	name, unit            string
	ours, baseline, ratio float64
	target                string
	missed                bool
}

// processors is what go test puts behind the name of a benchmark.
var processors = regexp.MustCompile(`-\d+$`)

// parse reads a line like
//
//	BenchmarkScan/warm-2  1  0.28 ours-s  0.19 baseline-s  1.47 ratio  2.5 ratio-at-most
func parse(line string) (row, bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return row{}, false
	}
	r := row{name: processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")}
	compared := false
	for i := 2; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return row{}, false
		}
		switch metric := fields[i+1]; {
		case strings.HasPrefix(metric, bench.OursPrefix):
			r.ours, r.unit = value, strings.TrimPrefix(metric, bench.OursPrefix)
		case strings.HasPrefix(metric, bench.BaselinePrefix):
			r.baseline = value
		case metric == bench.Ratio:
			r.ratio, compared = value, true
		}
	}
	for i := 2; i+1 < len(fields); i += 2 { // the metrics come in the order of the alphabet
		limit, _ := strconv.ParseFloat(fields[i], 64)
		switch fields[i+1] {
		case bench.AtMost:
			r.target, r.missed = fmt.Sprintf("at most %g", limit), r.ratio > limit
		case bench.AtLeast:
			r.target, r.missed = fmt.Sprintf("at least %g", limit), r.ratio < limit
		}
	}
	return r, compared
}

func printTable(out io.Writer, rows []row) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\nfigure\tours\tbaseline\tratio\ttarget\t\n")
	for _, r := range rows {
		remark := ""
		if r.missed {
			remark = "missed"
		}
		fmt.Fprintf(table, "%s\t%.4g %s\t%.4g %s\t%.3g\t%s\t%s\n", r.name, r.ours, r.unit, r.baseline, r.unit, r.ratio, r.target, remark)
	}
	return table.Flush()
}
