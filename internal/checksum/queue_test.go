package checksum

import (
	"crypto/md5"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/conc"
)

// chunks are streams that have just read.
func chunks(n int) []*stream {
	all := make([]*stream, n)
	for i := range all {
		all[i] = newStream()
		all[i].chunk = []byte{byte(i)}
	}
	return all
}

// numbers says which of the chunks these are.
func numbers(streams []*stream) []int {
	var all []int
	for _, s := range streams {
		all = append(all, int(s.chunk[0]))
	}
	return all
}

func TestABatchIsWhatHasWaitedLongest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lanes, waiting, reading int
		batch, left             []int
	}{
		{lanes: 4, waiting: 0, batch: []int{0}},
		{lanes: 4, waiting: 0, reading: 5, batch: []int{0}},
		{lanes: 4, waiting: 2, batch: []int{0, 1, 2}},
		{lanes: 4, waiting: 2, reading: 5, batch: []int{0, 1, 2}},
		{lanes: 4, waiting: 5, reading: 5, batch: []int{0, 1, 2, 3}, left: []int{4, 5}},
		{lanes: 1, waiting: 2, reading: 5, batch: []int{0}, left: []int{1, 2}},
	} {
		all := chunks(c.waiting + 1)
		q := newQueue(1, c.lanes)
		q.waiting, q.reading = all[1:], c.reading
		batch := q.gather(all[:1:1])
		if diff := cmp.Diff(c.batch, numbers(batch)); diff != "" {
			t.Errorf("%+v: batch (-want +got):\n%s", c, diff)
		}
		if diff := cmp.Diff(c.left, numbers(q.waiting)); diff != "" {
			t.Errorf("%+v: left (-want +got):\n%s", c, diff)
		}
	}
}

// While the only worker is busy chunks wait; the first of them becomes the worker and
// hashes all.
func TestWorkersHandOnTheirPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, lanes)
		busy := chunks(1)[0]
		if !q.takePlace(busy) {
			t.Fatal("there is no place for the first")
		}
		others := chunks(5)
		if !haveLanes() {
			q.lanes = 1
		}
		var callers conc.WaitGroup
		for _, s := range others {
			callers.Go(func() { q.hash(s) })
		}
		synctest.Wait()
		if n := len(q.waiting); n != len(others) || q.places != 0 {
			t.Errorf("%d wait, %d places are free", n, q.places)
		}
		q.handOn([]*stream{busy})
		callers.Wait()
		for i, s := range others {
			if got := s.sum(); got != md5.Sum([]byte{byte(i)}) {
				t.Errorf("%d: %x", i, got)
			}
		}
		if len(q.waiting) != 0 || q.places != 1 {
			t.Errorf("in the end %d wait, and %d places are free", len(q.waiting), q.places)
		}
	})
}

func TestNoMoreWorkersThanPlaces(t *testing.T) {
	t.Parallel()
	q := newQueue(2, 1)
	all := chunks(4)
	var workers []int
	for i, s := range all {
		if q.takePlace(s) {
			workers = append(workers, i)
		}
	}
	if diff := cmp.Diff([]int{0, 1}, workers); diff != "" {
		t.Errorf("workers (-want +got):\n%s", diff)
	}
	q.handOn(all[:1])
	if hashed := <-all[2].wake; hashed || len(all[3].wake) != 0 {
		t.Error("the place was not given to the one that waited longest")
	}
}
