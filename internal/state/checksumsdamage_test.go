package state_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/state"
)

// newDamageCase makes a good file of a few pages, and what is in it.
func newDamageCase(t *testing.T) (*checksumFile, []byte) {
	t.Helper()
	f := newChecksumFile(t)
	for version := range 3 { // several transactions, so that there are free pages, too
		f.use(0, func(c *state.Checksums) {
			for i := range damageFolders {
				c.Remember("/r", fmt.Sprintf("a folder with a name/%03d", i), uint64(i+1), folder(i+1, 2+version))
			}
		})
	}
	return f, f.bytes()
}

const damageFolders = 60

// check opens a damaged file: whatever it says must be true, and it must be usable,
// now or at the latest when it is opened again.
func (f *checksumFile) check(content []byte) {
	f.t.Helper()
	if err := os.WriteFile(f.path, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.use(0, func(c *state.Checksums) {
		for i := range damageFolders {
			got, _ := c.Folder("/r", fmt.Sprintf("a folder with a name/%03d", i), uint64(i+1))
			if got != nil && !cmp.Equal(got, folder(i+1, 2)) && !cmp.Equal(got, folder(i+1, 3)) && !cmp.Equal(got, folder(i+1, 4)) {
				f.t.Errorf("folder %d is said to have %v", i, got)
			}
		}
		c.Remember("/r", "new", 999, folder(999, 2))
		c.Sweep()
	})
	if f.checks++; f.checks%10 > 0 {
		return
	}
	for range 2 {
		f.use(0, func(c *state.Checksums) { c.Remember("/r", "new", 999, folder(999, 3)) })
	}
	f.use(0, func(c *state.Checksums) {
		if got, _ := c.Folder("/r", "new", 999); len(got) != 3 {
			f.t.Error("the cache is not made anew")
		}
	})
}

// TestCutChecksums cuts the file within each of its pages.
func TestCutChecksums(t *testing.T) {
	t.Parallel()
	f, good := newDamageCase(t)
	page := os.Getpagesize()
	for at := 0; at < len(good); at += page {
		f.check(good[:at+1])
	}
}

// TestFlippedChecksums flips bits at random, more of them where bbolt keeps what holds
// its pages together.
func TestFlippedChecksums(t *testing.T) {
	t.Parallel()
	f, good := newDamageCase(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	page := os.Getpagesize()
	for range 40 {
		bad := append([]byte(nil), good...)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(bad))
			if random.IntN(3) > 0 {
				at = random.IntN(len(bad)/page)*page + random.IntN(64)
			}
			bad[at] ^= 1 << random.IntN(8)
		}
		f.check(bad)
	}
}

// TestCircles makes pages refer to other pages at random, where bbolt alone would
// recurse until the process dies.
func TestCircles(t *testing.T) {
	t.Parallel()
	f, good := newDamageCase(t)
	page := os.Getpagesize()
	pages := len(good) / page
	for id := 2; id < pages; id++ {
		for element := range 3 {
			for _, to := range []int{id, 2, 3, pages - 1} {
				bad := append([]byte(nil), good...)
				at := id*page + 16 + element*16 + 8
				copy(bad[at:], []byte{byte(to), 0, 0, 0, 0, 0, 0, 0})
				if (id+element)%9 == 0 && (to == id || id%2 == 0) {
					f.check(bad)
				}
			}
		}
	}
}
