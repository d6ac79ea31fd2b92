package planner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// hashing compares the content of files with the cloud's while the walk goes on.
type hashing struct {
	ctx    context.Context
	hasher *checksum.Hasher
	pool   *pool.Pool

	mu        sync.Mutex
	results   []hashed
	same      Counts
	unchanged unchanged
}

// hashed is a file whose content is not known to be the cloud's.
type hashed struct {
	action  Action
	problem *Problem
}

func newHashing(ctx context.Context, hasher *checksum.Hasher, unchanged unchanged) *hashing {
	// A few more goroutines than the hasher has workers, so that there is always
	// an open file to go on with.
	return &hashing{ctx: ctx, hasher: hasher, unchanged: unchanged, pool: pool.New().WithMaxGoroutines(2*runtime.NumCPU() + 2)}
}

// compare takes over file and decides later whether action is needed, or the file
// is unchanged from the one at index in the listing. It waits while enough files
// are being compared.
func (h *hashing) compare(file *localfs.File, action Action, index int) {
	h.pool.Go(func() {
		defer file.Close()
		h.decide(file, action, index)
	})
}

// wait ends all comparisons and puts their results into the plan.
func (h *hashing) wait(plan *Plan) {
	h.pool.Wait()
	plan.Counts.Seen += h.same.Seen
	plan.Counts.Unchanged += h.same.Unchanged
	plan.Counts.UnchangedBytes += h.same.UnchangedBytes
	plan.Counts.ReadBytes += h.same.ReadBytes
	for _, r := range h.results {
		if r.problem != nil {
			plan.addProblem(*r.problem)
		} else {
			plan.add(r.action)
		}
	}
}

func (h *hashing) decide(file *localfs.File, action Action, index int) {
	size := action.Remote.Size
	sum, err := h.hasher.Sum(h.ctx, file, size)
	if h.ctx.Err() != nil {
		return // the plan is given up
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.same.ReadBytes += size
	if err != nil && !errors.Is(err, checksum.ErrShort) {
		reason := "cannot be read: " + plainCause(err)
		h.results = append(h.results, hashed{problem: &Problem{Path: action.Path, Reason: reason, Files: 1}})
		return
	}
	after, err := file.Stat()
	if err != nil || file.Info().Difference(after) != "" {
		action.Reason = "changed while being compared"
		h.results = append(h.results, hashed{action: action})
		return
	}
	if sum == action.Remote.MD5 {
		h.same.Seen++
		h.same.Unchanged++
		h.same.UnchangedBytes += size
		h.unchanged.add(index)
		return
	}
	action.Local.MD5 = jotta.MD5(sum)
	action.Reason = fmt.Sprintf("md5 %.6s… differs (cloud %.6s…)", action.Local.MD5, action.Remote.MD5)
	h.results = append(h.results, hashed{action: action})
}
