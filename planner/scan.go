package planner

import (
	"container/heap"
	"context"
	"errors"
	"sync"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/localfs"
)

// scan looks at the folders of a job's roots, ahead of the walk that compares them. A few
// workers open folders, look at what each holds, and choose from it. They go by the order
// of the walk, which fetches one folder after the other; what no worker has begun by then
// it looks at by itself, so that it never waits for room.
type scan struct {
	ctx   context.Context
	spec  Spec
	own   []localfs.Info
	trees openedRoots // the roots, and then the folders that links may lead into
	roots openedRoots
	tops  []*scanned // the roots' own folders

	workers conc.WaitGroup
	mu      sync.Mutex // guards what follows, and who looks at which folder
	wake    *sync.Cond
	waiting scanQueue
	ahead   int // weight of what was looked at and not fetched
	ended   bool
}

const (
	// scanWorkers keep a disk busy that can do several things at once.
	scanWorkers = 4
	// maxAhead is the weight from which on no folder is begun ahead of the walk. An entry
	// weighs 1 and takes some 200 bytes, a folder more, because it is kept open.
	maxAhead     = 32 << 10
	folderWeight = 128
)

var errNotScanned = errors.New("the scan was broken off")

// newScan begins to look. Close ends it.
func newScan(ctx context.Context, spec Spec, trees openedRoots) *scan {
	s := &scan{ctx: ctx, spec: spec, own: ownFolders(spec.Own), trees: trees, roots: trees.roots()}
	s.wake = sync.NewCond(&s.mu)
	for i, root := range s.roots {
		s.tops = append(s.tops, &scanned{scope: scope{path: root.As, base: i, rules: root.Rules}, at: location{root: i}})
	}
	s.expect(s.tops)
	for range scanWorkers {
		s.workers.Go(s.work)
	}
	return s
}

// fetch returns when a folder has been looked at. The folder has to be released.
func (s *scan) fetch(f *scanned) {
	if s.begin(f) {
		s.look(f)
	}
	<-f.done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead -= f.weight
	f.weight = 0
	s.wake.Signal()
}

// forget lets go of what was found in a folder: nothing is kept of what has been compared.
func (s *scan) forget(f *scanned) {
	if f != nil {
		f.found = found{}
	}
}

// release closes a folder, and those in it that were looked at for nothing.
func (s *scan) release(f *scanned) {
	for _, within := range f.folders {
		s.drop(within)
	}
	if f.folder != nil {
		f.folder.Close()
	}
	f.found, f.folders, f.folder, f.released = found{}, nil, nil, true
}

// drop sees to it that a folder is not looked at, or no longer open.
func (s *scan) drop(f *scanned) {
	if f.released || s.begin(f) {
		return
	}
	s.fetch(f)
	s.release(f)
}

// close ends the workers and closes every folder.
func (s *scan) close() {
	s.mu.Lock()
	s.ended = true
	s.wake.Broadcast()
	s.mu.Unlock()
	s.workers.Wait()
	for _, top := range s.tops {
		s.drop(top)
	}
}

func (s *scan) work() {
	for f := s.next(); f != nil; f = s.next() {
		s.look(f)
	}
}

// next begins the first folder on the walk that nobody has begun, once there is room. It
// returns nil at the end.
func (s *scan) next() *scanned {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.ended {
		if s.ahead >= maxAhead || len(s.waiting) == 0 {
			s.wake.Wait()
			continue
		}
		if f := heap.Pop(&s.waiting).(*scanned); f.begin() {
			s.weigh(f, folderWeight)
			return f
		}
	}
	return nil
}

func (s *scan) weigh(f *scanned, weight int) {
	f.weight += weight
	s.ahead += weight
}

// begin reports whether the caller is the one to look at the folder.
func (s *scan) begin(f *scanned) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f.begin()
}

// expect lets the workers look at folders.
func (s *scan) expect(folders []*scanned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range folders {
		heap.Push(&s.waiting, f)
	}
	s.wake.Broadcast()
}

// look finds out what is in a folder, and lets others go on from there.
func (s *scan) look(f *scanned) {
	f.err = errNotScanned // should this panic, who waits for the folder does not take it for empty
	defer close(f.done)
	f.failed, f.err = s.read(f)
	s.expect(f.folders)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.weight > 0 {
		s.weigh(f, len(f.chosen))
	}
}

// read opens a folder and chooses from what it holds. Where it cannot, it says what
// could not be done, and why.
func (s *scan) read(f *scanned) (failed string, err error) {
	if s.ctx.Err() != nil {
		return "folder was not looked at", context.Cause(s.ctx)
	}
	if f.folder, err = s.open(f); err != nil {
		return "folder cannot be opened", err
	}
	if s.spec.Now != nil {
		f.looked = s.spec.Now()
	}
	entries, err := f.folder.Entries()
	if err != nil {
		return "folder cannot be read", err
	}
	s.spec.Progress.addScanned(len(entries))
	if err := s.readIgnoreFile(f, entries); err != nil {
		return "nothing in its folder is backed up", err
	}
	s.choose(f, entries)
	return "", nil
}

// open opens a folder by its name in the one above, which is open as long as its folders
// are looked at, or by its path where it is a root or a link leads to it.
func (s *scan) open(f *scanned) (*localfs.Folder, error) {
	if f.above == nil || f.linked {
		return s.trees[f.at.root].tree.OpenFolder(f.at.rel)
	}
	return f.above.folder.OpenFolder(f.name)
}
