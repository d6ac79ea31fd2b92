package model

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// length is how many steps a sequence has.
const length = 30

// keptFailures are sequences that once showed a defect: a seed, and the steps that
// matter of those it leads to; none for all.
var keptFailures = []struct {
	defect string
	seed   uint64
	steps  []int
}{}

func TestKeptFailures(t *testing.T) {
	t.Parallel()
	for _, kept := range keptFailures {
		t.Run(kept.defect, func(t *testing.T) {
			t.Parallel()
			steps := kept.steps
			if steps == nil {
				steps = allSteps()
			}
			if failures, trace := live(t, life{seed: kept.seed, steps: steps}, newCoverage()); len(failures) > 0 {
				t.Errorf("%s", strings.Join(trace, "\n"))
			}
		})
	}
}

// TestSequences lets random sequences of events happen. JOTTARUN_SEED repeats one.
func TestSequences(t *testing.T) {
	t.Parallel()
	seeds, cover, started := seedsOf(t, 40, 5000), newCoverage(), time.Now()
	const workers = 4 // most of the time goes into waiting for the disk and the line
	t.Run("all", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for i := worker; i < len(seeds) && !t.Failed(); i += workers {
					try(t, seeds[i], cover)
				}
			})
		}
	})
	minutes := time.Since(started).Minutes()
	t.Logf("figures: %d sequences of %d steps, %d runs of which %d were whole, %d requests, %.0f sequences a minute",
		cover.sequences, length, cover.runs, cover.whole, cover.requests, float64(cover.sequences)/minutes)
	if soaking() {
		t.Logf("figures: runs that had a kind of step or change, by what struck them\n%s", cover.table())
		if gaps := cover.gaps(); len(gaps) > 0 {
			t.Logf("figures: never met: %s", strings.Join(gaps, ", "))
		}
	}
}

// seedsOf returns the same seeds each time, in the long form new ones.
func seedsOf(t *testing.T, short, soak uint64) []uint64 {
	t.Helper()
	if text := os.Getenv("JOTTARUN_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	first, count := uint64(1), short
	if soaking() {
		first, count = uint64(time.Now().Unix())<<16, soak
		t.Logf("seeds from %d on", first)
	}
	var seeds []uint64
	for i := range count {
		seeds = append(seeds, first+i)
	}
	return seeds
}

func soaking() bool { return os.Getenv("JOTTARUN_SOAK") != "" }

func allSteps() []int {
	steps := make([]int, length)
	for i := range steps {
		steps[i] = i
	}
	return steps
}

// try lives a sequence and, where it fails, finds the few steps that make it fail.
func try(t *testing.T, seed uint64, cover *coverage) {
	t.Helper()
	failures, trace := live(t, life{seed: seed, steps: allSteps()}, cover)
	if len(failures) == 0 {
		return
	}
	steps := allSteps()
	for size := length / 2; size > 0; {
		shorter := false
		for at := 0; at+size <= len(steps); {
			fewer := slices.Delete(slices.Clone(steps), at, at+size)
			if again, itsTrace := live(t, life{seed: seed, steps: fewer}, newCoverage()); len(again) > 0 && gist(again[0]) == gist(failures[0]) {
				steps, trace, shorter = fewer, itsTrace, true
			} else {
				at += size
			}
		}
		if !shorter {
			size /= 2
		}
	}
	t.Errorf("{%q, %d, %#v} fails:\n%s", "", seed, steps, strings.Join(trace, "\n"))
}

// gist is a failure without the names and numbers in it.
func gist(failure string) string {
	words := regexp.MustCompile(`"[^"]*"|[0-9a-f]{32}|[0-9]+`).ReplaceAllString(failure, "…")
	return words[:min(50, len(words))]
}

// live lives some steps of a sequence, and its end.
func live(t *testing.T, from life, cover *coverage) (failures, trace []string) {
	t.Helper()
	s, err := openSequence(from, cover)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	for _, i := range s.steps {
		s.take(i)
		if len(s.failures) > 0 {
			return s.failures, s.trace
		}
	}
	s.converge()
	cover.count(func(c *coverage) { c.sequences, c.taken = c.sequences+1, c.taken+len(s.steps) })
	return s.failures, s.trace
}

// converge is the end of every sequence: in fair weather, with nothing left that no run
// can solve, two runs at most make the cloud equal to the folder, the next sends nothing,
// and the one after that has nothing to do.
func (s *sequence) converge() {
	s.log("the end")
	s.mend(nil)
	var last *run
	for range 2 {
		last = s.fairRun()
	}
	if !last.Whole() {
		s.fail("in the end: %s", last.words())
	}
	after, err := s.wire.snapshot()
	s.must(err)
	for at, name := range last.selected() {
		content := s.here.nodes[name].content
		if f := after.files[at]; f.md5 != sum(content) || f.size != int64(len(content)) {
			s.fail("in the end %q is %+v", name, f)
		}
	}
	s.fairRun()
	for _, q := range s.server.Requests() {
		if q.Route == "allocate" || q.Route == "upload" {
			s.fail("a run with nothing to upload asked for %s", q.Route)
		}
	}
	s.fairRun()
	for _, q := range s.server.Requests() {
		if q.Method != "GET" {
			s.fail("a run with nothing to do asked %s %s", q.Method, q.Path)
		}
	}
}

func (s *sequence) fairRun() *run {
	s.job.acceptEmpty = true
	r := s.newRun()
	r.do()
	return r
}
