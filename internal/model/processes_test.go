package model

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSequencesOfProcesses lets random sequences of events happen to the real program,
// some of whose runs are killed at a random moment. JOTTARUN_SEED repeats one, though
// not the moments.
func TestSequencesOfProcesses(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "jottarun")
	if said, err := exec.Command("go", "build", "-o", program, "../../cmd/jottarun").CombinedOutput(); err != nil {
		t.Fatalf("build jottarun: %v\n%s", err, said)
	}
	seeds, cover, started := seedsOf(t, 4, 300), newCoverage(), time.Now()
	const workers = 4
	t.Run("all", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for i := worker; i < len(seeds) && !t.Failed(); i += workers {
					from := life{seed: seeds[i], steps: allSteps(), program: program}
					if failures, trace := live(t, from, cover); len(failures) > 0 {
						t.Errorf("seed %d fails:\n%s", seeds[i], strings.Join(trace, "\n"))
					}
				}
			})
		}
	})
	t.Logf("figures: %d sequences of %d steps, %d runs of which %d were whole and %d were killed, %d requests, %.0f sequences a minute",
		cover.sequences, length, cover.runs, cover.whole, cover.kills, cover.requests, float64(cover.sequences)/time.Since(started).Minutes())
}
