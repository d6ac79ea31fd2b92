// Package bench is how benchmarks state what they have found: a figure beside that of a
// baseline, which was measured in the same run. `make bench` gathers the figures of all
// packages in one table (internal/bench/table).
//
// It also has the benchmarks of the whole program, in a process of its own, against a
// cloud in another.
package bench

import (
	"math"
	"slices"
	"testing"
)

// Figure is what a benchmark has found, and what it is to be: one of AtMost and AtLeast
// limits the ratio of Ours to Baseline. Its name is the benchmark's.
type Figure struct {
	Unit           string // of both, without spaces
	Ours, Baseline float64
	AtMost         float64
	AtLeast        float64
}

// The units by which the table knows the parts of a figure.
const (
	OursPrefix     = "ours-"
	BaselinePrefix = "baseline-"
	Ratio          = "ratio"
	AtMost         = "ratio-at-most"
	AtLeast        = "ratio-at-least"
)

// Report adds the figure to the line that go test prints of a benchmark.
func (f Figure) Report(b *testing.B) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the time of a comparison says nothing
	b.ReportMetric(f.Ours, OursPrefix+f.Unit)
	b.ReportMetric(f.Baseline, BaselinePrefix+f.Unit)
	b.ReportMetric(f.Ours/f.Baseline, Ratio)
	if f.AtMost > 0 {
		b.ReportMetric(f.AtMost, AtMost)
	}
	if f.AtLeast > 0 {
		b.ReportMetric(f.AtLeast, AtLeast)
	}
}

// Median returns the middle of some figures.
func Median(figures []float64) float64 {
	if len(figures) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
