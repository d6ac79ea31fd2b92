package checksum

import (
	"bytes"
	"crypto/md5"
	"testing"
)

// Where the processor has lanes, they are used.
func TestLanesAreUsable(t *testing.T) {
	t.Parallel()
	want := 1
	if haveLanes() {
		want = lanes
	}
	if got := usableLanes(); got != want {
		t.Errorf("%d streams side by side, want %d", got, want)
	}
}

// What is wrong in any lane, or at any end, is not used.
func TestWrongLanesAreNotUsed(t *testing.T) {
	t.Parallel()
	inTurn := func(batch []*stream) {
		for _, s := range batch {
			s.hash.Write(s.chunk)
		}
	}
	if !agree(inTurn) {
		t.Error("crypto/md5 does not agree with itself")
	}
	for lane := range lanes {
		wrong := func(batch []*stream) {
			batch[lane].chunk = bytes.Clone(batch[lane].chunk)
			batch[lane].chunk[70] ^= 1
			inTurn(batch)
		}
		if agree(wrong) {
			t.Errorf("lane %d is wrong, and used", lane)
		}
	}
}

// spy counts what is left to crypto/md5.
type spy struct {
	savedHash
	written int
}

func (s *spy) Write(p []byte) (int, error) {
	s.written += len(p)
	return s.savedHash.Write(p)
}

// Few streams are left to crypto/md5; of more it has only what is less than a block, and
// what the longest has over the others.
func TestWhoIsHashedInLanes(t *testing.T) {
	t.Parallel()
	if !haveLanes() {
		t.Skip("this processor has no lanes")
	}
	content := noise(1000)
	for _, c := range []struct{ streams, each, last, want, wantLast int }{
		{1, 0, 999, 0, 999},
		{fewLanes - 1, 999, 999, 999, 999},
		{fewLanes, 999, 999, 999 % 64, 999 % 64},
		{lanes, 640, 640, 0, 0},
		{lanes, 640, 777, 0, 777 - 640},
		{fewLanes, 640, 63, 640, 63},
	} {
		var batch []*stream
		for i := range c.streams {
			s := newStream()
			s.hash, s.chunk = &spy{savedHash: s.hash}, content[:c.each]
			if i == c.streams-1 {
				s.chunk = content[:c.last]
			}
			batch = append(batch, s)
		}
		hashAll(batch)
		for i, s := range batch {
			want := c.want
			if i == c.streams-1 {
				want = c.wantLast
			}
			if got := s.hash.(*spy).written; got != want {
				t.Errorf("%+v: %d bytes of number %d are left to crypto/md5, want %d", c, got, i, want)
			}
		}
	}
}

// Every number of streams, with chunks that end at different places, twice: what the
// lanes leave behind must be good to go on from.
func TestBatchesOfEverySize(t *testing.T) {
	t.Parallel()
	if !haveLanes() {
		t.Skip("this processor has no lanes")
	}
	content := noise(1 << 16)
	for n := 1; n <= lanes; n++ {
		for _, step := range []int{0, 1, 63, 64, 65, 1000} {
			var batch [lanes]*stream
			for i := range n {
				batch[i] = newStream()
			}
			for _, length := range []int{64 * 20, 64 * 7} {
				for i, s := range batch[:n] {
					s.chunk = content[i:][:length+i*step/64*64]
				}
				hashAll(batch[:n])
			}
			for i, s := range batch[:n] {
				s.chunk = content[i : 3*i]
			}
			hashAll(batch[:n])
			for i, s := range batch[:n] {
				more := i * step / 64 * 64
				want := md5.New()
				want.Write(content[i:][:64*20+more])
				want.Write(content[i:][:64*7+more])
				want.Write(content[i : 3*i])
				if got := s.sum(); !bytes.Equal(got[:], want.Sum(nil)) {
					t.Fatalf("%d streams, each %d bytes longer: number %d is %x", n, step, i, got)
				}
			}
		}
	}
}
