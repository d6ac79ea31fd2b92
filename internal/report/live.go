package report

import (
	"context"
	"sync"
	"time"

	"github.com/jottarun/jottarun/planner"
)

// Live follows jobs while they go on, and shows how far they are: as lines at the foot
// of a terminal, or as a line now and then. It may be read while it is told.
type Live struct {
	now     func() time.Time
	retries func() int64

	mu       sync.Mutex
	jobs     []*liveJob // those that have begun and not ended
	files    []*liveFile
	slots    map[*planner.Action]int // into files: each keeps its line while it is in flight
	total    liveTotal
	wire     meter // bytes sent
	work     meter // see liveTotal.work
	stopping bool
	phase    func(text string) // told of phases; may be nil
}

// livePhase is what a job is at.
type livePhase string

const (
	livePlanning  livePhase = "planning"
	liveWaiting   livePhase = "waiting" // for another run of the job or, once it is planned, for its turn to upload
	liveUploading livePhase = "uploading"
	liveProving   livePhase = "proving"
	livePruning   livePhase = "pruning"
	liveRestoring livePhase = "restoring"
	liveReading   livePhase = "reading" // back what the cloud has, to verify it
)

// transfers reports whether files are in flight.
func (p livePhase) transfers() bool {
	return p == liveUploading || p == liveRestoring || p == liveReading
}

type liveJob struct {
	name    string
	phase   livePhase
	since   time.Time
	counts  *planner.Progress
	scanned meter
	read    meter
	todo    string // waiting: what is to be done, or what is in the way
	prune   int    // how many files there are to prune
	pruned  int
}

type liveFile struct {
	path   planner.RelPath
	size   int64
	sent   int64
	coming bool // from the cloud
}

// liveTotal is about the uploads of all jobs whose plans are known.
type liveTotal struct {
	jobs, files, done, problems int
	bytes, doneBytes            int64
	wire                        int64 // bytes sent, those in vain among them
}

// costOfFile is how many bytes could be sent in the time that a file takes whatever its
// size is: by it the time left is estimated.
const costOfFile = 64 << 10

func (t liveTotal) work() int64     { return t.bytes + costOfFile*int64(t.files) }
func (t liveTotal) workDone() int64 { return t.doneBytes + costOfFile*int64(t.done) }

// NewLive returns a Live that has seen nothing yet. Retries counts what the client has
// tried again.
func NewLive(now func() time.Time, retries func() int64) *Live {
	return &Live{now: now, retries: retries, slots: map[*planner.Action]int{}}
}

// Screen is where lines are shown in the place of earlier ones.
type Screen interface {
	Show(fit func(width, height int) []string)
	Clear()
}

// Draw shows the progress at every tick until ctx ends, and then clears the screen.
func (l *Live) Draw(ctx context.Context, ticks <-chan time.Time, screen Screen, style Style) {
	defer screen.Clear()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			screen.Show(func(width, height int) []string { return l.Lines(width, height, style) })
		}
	}
}

// Tell says at every tick, until ctx ends, how far the jobs are, and in between which
// phases they come to.
func (l *Live) Tell(ctx context.Context, ticks <-chan time.Time, say func(text string)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			for _, text := range l.Sentences() {
				say(text)
			}
		}
	}
}

// OnPhase has every phase that a job comes to said. It is to be called first of all.
func (l *Live) OnPhase(say func(text string)) { l.phase = say }

// Stopping says that nothing new is started any more.
func (l *Live) Stopping() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
}
