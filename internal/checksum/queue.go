package checksum

import (
	"runtime"
	"slices"
	"sync"
)

// queue brings together what streams have read, so that one worker hashes a batch of
// chunks at once, each in a lane.
//
// It has no goroutines: who has read a chunk and finds a place for a worker is the
// worker, for one batch with the own chunk in it, and then hands the place on. Only
// whole chunks wait here. So a stream that is slow to read, or breaks, delays no other.
type queue struct {
	lanes int // chunks in a batch, at most

	mu      sync.Mutex
	places  int       // for workers, free
	waiting []*stream // with a chunk; oldest first, and none while a place is free
	reading int       // streams that may have a chunk soon
}

func newQueue(workers, lanes int) *queue { return &queue{lanes: lanes, places: workers} }

// join announces a stream that begins to read, and leave that one reads no more.
func (q *queue) join()  { q.count(1) }
func (q *queue) leave() { q.count(-1) }

func (q *queue) count(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reading += n
}

// hash adds the chunk of s to its hash. It waits for others that hash, and for nobody
// who reads.
func (q *queue) hash(s *stream) {
	if !q.takePlace(s) {
		if hashed := <-s.wake; hashed {
			return
		}
	}
	var room [lanes]*stream
	batch := q.gather(append(room[:0], s))
	hashAll(batch)
	q.handOn(batch)
}

// takePlace reports whether the caller is to be a worker. Where it is not, s waits, to be
// woken with true when a worker has hashed its chunk, or with false to be one itself.
func (q *queue) takePlace(s *stream) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reading--
	if q.places == 0 {
		q.waiting = append(q.waiting, s)
		return false
	}
	q.places--
	return true
}

// gather fills the batch with chunks that wait. While there are too few, it lets streams
// that read go first, as long as that brings more: to read what is in memory takes less
// time than to hash it alone.
func (q *queue) gather(batch []*stream) []*stream {
	for before := -1; ; runtime.Gosched() {
		q.mu.Lock()
		n := min(len(q.waiting), q.lanes-len(batch))
		if n <= before || len(batch)+n == q.lanes || q.reading == 0 {
			batch = q.take(batch, n)
			q.mu.Unlock()
			return batch
		}
		q.mu.Unlock()
		before = n
	}
}

// take moves the n chunks that have waited longest into the batch. It is called with
// the lock held.
func (q *queue) take(batch []*stream, n int) []*stream {
	batch = append(batch, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// handOn gives the worker's place to one who waits, and tells those in the batch that
// their chunks are hashed, but for the first, which is the worker's own.
func (q *queue) handOn(batch []*stream) {
	var room [1]*stream
	q.mu.Lock()
	q.reading += len(batch)
	next := q.take(room[:0], min(len(q.waiting), 1))
	q.places += 1 - len(next)
	q.mu.Unlock()
	for _, s := range next {
		s.wake <- false
	}
	for _, s := range batch[1:] {
		s.wake <- true
	}
}
