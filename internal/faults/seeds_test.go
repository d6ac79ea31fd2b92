package faults

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seeds returns the seeds of a test's rounds: first those that once failed, then as
// many as there are rounds. The short form has the same ones each time, the long form
// new ones; JOTTARUN_SEED repeats a single one.
func seeds(t testing.TB, short, soak int, kept ...uint64) []uint64 {
	t.Helper()
	if text := os.Getenv("JOTTARUN_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		check(t, err)
		return []uint64{seed}
	}
	first := uint64(1)
	if soaking() {
		first = uint64(time.Now().Unix()) << 16
		t.Logf("seeds from %d on", first)
	}
	all := kept
	for i := range uint64(times(short, soak)) {
		all = append(all, first+i)
	}
	return all
}

func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// bytesOf returns content that no other seed has, and nothing can compress.
func bytesOf(seed uint64, size int) []byte {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	content := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(content) // it never fails
	return content
}

func contains(text, part string) bool { return strings.Contains(text, part) }
