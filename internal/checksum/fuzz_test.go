package checksum

import (
	"bytes"
	"crypto/md5"
	"errors"
	"testing"

	"github.com/sourcegraph/conc"
)

// FuzzSum hashes files of about one size at the same time, read in pieces.
func FuzzSum(f *testing.F) {
	for _, size := range borders {
		f.Add(size, uint8(20), 64, 1<<20)
	}
	f.Add(100, uint8(3), -7, 3)
	f.Fuzz(func(t *testing.T, size int, files uint8, step, piece int) {
		if size < 0 || size > 2*chunkSize+200 || files > 40 || step < -1000 || step > 1000 || piece < 1 {
			t.Skip()
		}
		content := noise(max(size, size+40*step, 0) + 40)
		for way, h := range hashers(2) {
			var callers conc.WaitGroup
			for i := range int(files) {
				own := content[i:][:max(size+i*step, 0)]
				callers.Go(func() { checkSum(t, way, h, own, max(piece, len(own)/100)) })
			}
			callers.Wait()
		}
	})
}

func checkSum(t *testing.T, way string, h *Hasher, content []byte, piece int) {
	pieces := reader(func(p []byte, off int64) (int, error) {
		return bytes.NewReader(content).ReadAt(p[:min(len(p), piece)], off)
	})
	got, err := h.Sum(t.Context(), pieces, int64(len(content)))
	if want := md5.Sum(content); err != nil || got != want {
		t.Errorf("%s: %d bytes in pieces of %d: %x, %v; want %x", way, len(content), piece, got, err, want)
	}
	if _, err := h.Sum(t.Context(), pieces, int64(len(content))+1); !errors.Is(err, ErrShort) {
		t.Errorf("%s: one more than %d bytes: %v", way, len(content), err)
	}
}
