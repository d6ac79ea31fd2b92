package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// gatherForProcess is what may happen to a run that is a process: back-off takes its
// time there, and nobody can come in between, but it can be killed.
func (r *run) gatherForProcess(dice *rand.Rand) {
	if dice.IntN(2) == 0 {
		r.killAfter = 4*time.Millisecond + time.Duration(dice.Int64N(int64(20*time.Millisecond)))
	}
	if dice.IntN(4) == 0 {
		r.weather.outages = false
		r.weather.gather(dice, 2)
	}
}

// process is the real program with the job as it is now.
func (s *sequence) process(ctx context.Context, args ...string) *exec.Cmd {
	limit := strconv.Itoa(s.job.maxFiles)
	if s.job.maxFiles < 0 {
		limit = fmt.Sprintf("%d%%", int(100*s.job.maxShare))
	}
	patterns, err := json.Marshal(append([]string{}, s.job.patterns()...))
	s.must(err)
	config := filepath.Join(s.dir, "jobs.yaml")
	s.must(os.WriteFile(config, fmt.Appendf(nil, `
version: 1
account:
  service: custom
  endpoints: {jfs: %[1]q, api: %[1]q}
settings: {state_dir: state, retries: %d}
jobs:
  %s: {root: root, target: %s, prune: %s, prune_excluded: %v, max_prune: %q, exclude: %s, collisions: %s}
`, s.running.URL, maxFaults+1, jobName, target, s.job.prune, s.job.pruneExcluded, limit, patterns,
		map[bool]string{false: "refuse", true: "rename"}[s.job.rename]), 0o600))
	if s.job.acceptEmpty {
		args = append(args, "--accept-empty-root")
	}
	cmd := exec.CommandContext(ctx, s.program, append(args, "-c", config)...)
	cmd.Env = []string{
		"HOME=" + s.dir, "TZ=UTC", "JOTTACLOUD_USERNAME=" + s.server.Username(), "JOTTACLOUD_PASSWORD=" + s.server.Password(),
	}
	return cmd
}

// planProcess has the program plan.
func (s *sequence) planProcess(ctx context.Context) (*planner.Plan, error) {
	cmd := s.process(ctx, "plan", "--json")
	var said bytes.Buffer
	cmd.Stderr = &said
	document, _ := cmd.Output() // its code says what is pending
	var read struct {
		Plans []*planner.Plan `json:"plans"`
	}
	if err := json.Unmarshal(document, &read); err != nil || len(read.Plans) != 1 {
		return nil, fmt.Errorf("%w: %s%s", err, document, &said)
	}
	return read.Plans[0], nil
}

// runProcess has the program run, and finds out from its words what came of that.
func (r *run) runProcess(ctx context.Context) {
	r.weather.calm(func() { r.Plan, r.Err = r.build(ctx) })
	r.must(r.Err)
	r.server.ResetRequests()
	cmd := r.process(ctx, "run", "-v", "--transfers", strconv.Itoa(r.slots))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	r.must(cmd.Start())
	if r.killAfter > 0 {
		timer := time.AfterFunc(r.killAfter, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	_ = cmd.Wait() // the code says how it ended
	code := cmd.ProcessState.ExitCode()
	if r.killed = code == -1; r.killed {
		r.settle()
	}
	r.weather.clear()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	r.verdict = lines[len(lines)-1]
	words := logged.ReplaceAllString(said.String(), "")
	r.conclude(words)
	r.auditExit(code, words)
	r.auditMemory()
	r.cover.count(func(c *coverage) {
		if r.killed {
			c.kills++
		}
	})
}

// settle waits until the cloud is done with what a process has asked that is no more:
// for a while nothing begins and nothing goes on.
func (r *run) settle() {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for calm, before := 0, -1; calm < 4; {
		<-poll.C
		requests := r.server.Requests()
		calm++
		if len(requests) != before || slices.ContainsFunc(requests, func(q emulator.Request) bool { return !q.Done }) {
			calm, before = 0, len(requests)
		}
	}
}

var (
	shortfall = regexp.MustCompile("NOT PROTECTED|REFUSED|BROKEN OFF")
	goodEnd   = regexp.MustCompile("^(Done|Nothing to do): ")
	naming    = regexp.MustCompile(`(?m)^(?:failed|skipped|not proved|problem|note) (?:in|on) job "job": ((?:"[^"]*"(?:, )?)+): (.*)$`)
	logged    = regexp.MustCompile("(?m)^time=.*\n")
	pruned    = regexp.MustCompile("(?m)^pruned ")
)

// Whole reports whether the run says that every selected file is in the cloud.
func (r *run) Whole() bool {
	if r.program == "" {
		return r.Outcome.Whole()
	}
	return r.Plan != nil && (goodEnd.MatchString(r.verdict) || strings.HasPrefix(r.verdict, "PRUNING HELD BACK") && !shortfall.MatchString(r.verdict))
}

// conclude takes from the run's words what a run within this process says by values.
func (r *run) conclude(said string) {
	for _, line := range naming.FindAllStringSubmatch(said, -1) {
		for name := range strings.SplitSeq(line[1], ", ") {
			r.named[strings.Trim(name, `"`)] = errors.New(line[2])
		}
	}
	if r.killed || strings.Contains(r.verdict, "BROKEN OFF") {
		r.Err = errors.New(said)
	}
	if r.killed {
		for _, name := range r.selected() {
			r.named[name] = r.Err
		}
	}
	if r.killed || pruned.MatchString(said) {
		r.Pruning = &executor.Pruning{}
	}
}

// auditExit: the exit code is what the model expects, and agrees with the verdict.
func (r *run) auditExit(code int, said string) {
	if r.killed && r.killAfter > 0 {
		return
	}
	if code == 0 != goodEnd.MatchString(r.verdict) {
		r.fail("it ended with %d and says %q", code, r.verdict)
	}
	want := 0
	switch {
	case r.want.refused, r.want.overLimit:
		want = 4
	case len(r.want.problems) > 0:
		want = 3
	}
	if r.disturbed() {
		if !slices.Contains([]int{0, 1, 3, 4, 10, 13, 75}, code) {
			r.fail("it ended with %d: %s", code, said)
		}
		return
	}
	if code != want {
		r.fail("it ended with %d, want %d: %s%s", code, want, said, r.verdict)
	}
}

// auditMemory: a proof is remembered where there was one, also of a run that was killed
// after it.
func (r *run) auditMemory() {
	proved := r.known
	text, err := os.ReadFile(filepath.Join(r.dir, "state", "history", jobName+".jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.must(err)
	}
	for line := range bytes.Lines(text) {
		var saved struct {
			Record struct {
				Proof *struct{ Files int }
			}
		}
		r.must(json.Unmarshal(line, &saved))
		if proof := saved.Record.Proof; proof != nil {
			proved = proof.Files
		}
	}
	switch after, err := r.wire.snapshot(); {
	case err != nil:
		r.must(err)
	case r.Whole() && proved != r.want.files:
		r.fail("it remembers a proof of %d files, want %d", proved, r.want.files)
	case !r.Whole() && proved != r.known:
		for at, name := range r.selected() {
			if after.files[at].md5 != sum(r.hereThen[name].content) {
				r.fail("it remembers a proof, but the cloud does not have %q", name)
			}
		}
	}
	r.known = proved
}
