package model

import (
	"fmt"
	"strings"
	"sync"
)

// coverage counts which kinds of steps and of planned changes met which kinds of faults.
type coverage struct {
	mu                    sync.Mutex
	met                   map[[2]string]int
	sequences, taken      int
	runs, whole, requests int
	kills                 int
}

func newCoverage() *coverage { return &coverage{met: map[[2]string]int{}} }

// meet counts a run: what was done since the run before, what it planned, and what
// struck it.
func (c *coverage) meet(kinds, struck map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for kind := range kinds {
		if len(struck) == 0 {
			c.met[[2]string{kind, "fair"}]++
		}
		for fault := range struck {
			c.met[[2]string{kind, fault}]++
		}
	}
}

func (c *coverage) count(change func(*coverage)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// rows are the kinds of steps, then those of what runs do or meet.
func (c *coverage) rows() []string {
	var rows []string
	for _, each := range steps() {
		if each.kind != "run" {
			rows = append(rows, each.kind)
		}
	}
	return append(rows, plannedKinds()...)
}

func plannedKinds() []string {
	kinds := []string{"+ new", "+ changed", "+ moved", "+ pruned", "+ only there", "+ problem", "+ refused", "+ held back", "+ nothing", "+ stale", "+ partial"}
	for _, stage := range stages() {
		kinds = append(kinds, "@ "+stage)
	}
	return kinds
}

func columns() []string {
	columns := []string{"fair"}
	for _, each := range misfortunes() {
		columns = append(columns, each.kind)
	}
	return columns
}

// table is the figures as text.
func (c *coverage) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-15s", "runs with")
	for _, column := range columns() {
		fmt.Fprintf(&b, " %16s", column)
	}
	for _, row := range c.rows() {
		fmt.Fprintf(&b, "\n%-15s", row)
		for _, column := range columns() {
			fmt.Fprintf(&b, " %16d", c.met[[2]string{row, column}])
		}
	}
	return b.String()
}

// gaps names what never met.
func (c *coverage) gaps() []string {
	var gaps []string
	for _, row := range c.rows() {
		for _, column := range columns() {
			if c.met[[2]string{row, column}] == 0 {
				gaps = append(gaps, row+" in "+column)
			}
		}
	}
	return gaps
}
