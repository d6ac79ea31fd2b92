package planner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// hashing compares the content of files with the cloud's while the walk goes on.
type hashing struct {
	ctx    context.Context
	hasher *checksum.Hasher
	now    func() time.Time
	pool   *pool.Pool
	count  *Progress
	times  bool // are compared, too

	mu        sync.Mutex
	results   []hashed
	same      Counts
	unchanged unchanged
}

// comparison is a file whose content decides whether it is as in the cloud.
type comparison struct {
	action Action // what is to be done where it is not
	index  int    // of the cloud's file in the listing
	place  place
	sums   *folderSums
	name   string // in its folder

	known    *checksum.Remembered // what it should hold, where it is read to see if it still does
	accepted bool                 // it may hold something else
}

// hashed is a file whose content is not known to be the cloud's.
type hashed struct {
	comparison
	problem *Problem
}

func newHashing(ctx context.Context, spec Spec, hasher *checksum.Hasher, unchanged unchanged) *hashing {
	// As many files as the hasher wants at once; more would only be open.
	return &hashing{
		ctx: ctx, hasher: hasher, now: spec.Now, unchanged: unchanged, count: spec.Progress, times: spec.UpdateTimes,
		pool: pool.New().WithMaxGoroutines(hasher.Streams()),
	}
}

// compare takes over file and decides later whether action is needed, or the file
// is unchanged from the one in the listing. It waits while enough files are being
// compared.
func (h *hashing) compare(file *localfs.File, c comparison) {
	c.sums.expect()
	h.pool.Go(func() {
		defer c.sums.done()
		defer file.Close()
		h.decide(file, c)
	})
}

// alike counts a file whose known checksum is the cloud's.
func (h *hashing) alike(p filePair) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.same.CachedBytes += p.there.Size
	h.same.unchanged(p.there.Size)
	h.unchanged.add(p.index)
}

// compareKnown decides at once, for a file whose checksum is known.
func (h *hashing) compareKnown(c comparison, sum jotta.MD5) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.same.CachedBytes += c.action.Remote.Size
	h.conclude(c, sum)
}

// wait ends all comparisons and puts their results into the plan.
func (h *hashing) wait(plan *Plan) {
	h.pool.Wait()
	plan.Counts.Seen += h.same.Seen
	plan.Counts.Unchanged += h.same.Unchanged
	plan.Counts.UnchangedBytes += h.same.UnchangedBytes
	plan.Counts.ReadBytes += h.same.ReadBytes
	plan.Counts.CachedBytes += h.same.CachedBytes
	for _, r := range h.results {
		if r.problem != nil {
			plan.addProblem(*r.problem)
			continue
		}
		folder, _ := cutLast(r.action.Path)
		plan.places[folder] = r.place
		plan.add(r.action)
	}
}

func (h *hashing) decide(file *localfs.File, c comparison) {
	begun, settled := time.Time{}, false
	if c.sums != nil {
		begun = h.now()
		settled = file.Settle(begun) == nil
	}
	size := c.action.Remote.Size
	sum, err := h.hasher.Sum(h.ctx, h.count.reading(file), size)
	if h.ctx.Err() != nil {
		return // the plan is given up
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.same.ReadBytes += size
	short := errors.Is(err, checksum.ErrShort)
	if err != nil && !short {
		h.problem(c, "cannot be read: "+plainCause(err))
		return
	}
	after, err := file.Stat()
	if err != nil || file.Info().Size != c.action.Local.Size || file.Info().Difference(after) != "" {
		c.action.Reason = "changed while being compared"
		h.results = append(h.results, hashed{comparison: c})
		return
	}
	if state, safe := stateOf(c.name, file.Info(), begun); settled && safe && !short {
		state.MD5 = sum
		if h.decayed(c, state) {
			return
		}
	}
	h.conclude(c, sum)
}

// decayed tells a file whose content is other than it was, while its metadata says
// that nothing has changed: a failing disk, or somebody who hides a change. Then the
// cloud has the good copy, until the user says otherwise. It remembers what was read.
func (h *hashing) decayed(c comparison, state checksum.Remembered) bool {
	if c.known == nil || !c.known.SameState(state) || c.known.MD5 == state.MD5 || c.action.Remote.MD5 == state.MD5 {
		if c.known == nil || *c.known != state {
			c.sums.learn(state)
		}
		return false
	}
	if !c.known.Suspect {
		suspect := *c.known
		suspect.Suspect = true
		c.sums.learn(suspect)
	}
	if !c.accepted {
		h.problem(c, decayReason)
	}
	return !c.accepted
}

// decayReason says what a problem of decay is.
const decayReason = "its content changed, but its times and size did not: a failing disk, or tampering; " +
	"the copy in the cloud is kept (if the change is meant: --accept-changed)"

func (h *hashing) problem(c comparison, reason string) {
	h.results = append(h.results, hashed{c, &Problem{Path: c.action.Path, Reason: reason, Files: 1}})
}

// conclude compares a file's checksum with the cloud's. It is called with the lock held.
func (h *hashing) conclude(c comparison, sum jotta.MD5) {
	if sum == c.action.Remote.MD5 {
		h.unchanged.add(c.index)
		if h.times && differInTime(c.action.Local.Modified, c.action.Remote.Modified) {
			h.results = append(h.results, hashed{comparison: c.retimed()})
			return
		}
		h.same.unchanged(c.action.Remote.Size)
		return
	}
	c.action.Local.MD5 = sum
	c.action.Reason = fmt.Sprintf("md5 %.6s… differs (cloud %.6s…)", c.action.Local.MD5, c.action.Remote.MD5)
	h.results = append(h.results, hashed{comparison: c})
}
