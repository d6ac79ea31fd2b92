package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
)

// TestDamagedValues cuts a folder's value at every byte, flips every bit of it, and
// reads it in another place: none of it is taken for what was written.
func TestDamagedValues(t *testing.T) {
	t.Parallel()
	key := newFolderKey("/r", "a/b")
	want := savedFolder{7, []checksum.Remembered{
		{Name: "a", Inode: 12, Size: 3, Modified: 4, Changed: 5, MD5: [16]byte{1}},
		{Name: "ab", Inode: 9, Size: 1 << 40, Modified: -4, Changed: 5, MD5: [16]byte{2}, Suspect: true},
	}}
	value := encodeFolder(key, want)
	got, ok := decodeFolder(key, value)
	if !ok || !cmp.Equal(got.files, want.files) || got.inode != want.inode {
		t.Fatalf("read %+v, %t", got, ok)
	}
	for i := range value {
		if _, ok := decodeFolder(key, value[:i]); ok {
			t.Errorf("cut at %d it is read", i)
		}
		for bit := range 8 {
			bad := append([]byte(nil), value...)
			bad[i] ^= 1 << bit
			if _, ok := decodeFolder(key, bad); ok {
				t.Errorf("with bit %d of byte %d flipped it is read", bit, i)
			}
		}
	}
	for _, other := range []folderKey{newFolderKey("/r", "a"), newFolderKey("/s", "a/b"), {"/r/", "a\x00b"}} {
		if _, ok := decodeFolder(other, value); ok {
			t.Errorf("it is read as %+v", other)
		}
	}
}

// FuzzDecodeFolder holds whatever has a good checksum to the bounds of the value.
func FuzzDecodeFolder(f *testing.F) {
	key := newFolderKey("/r", "")
	f.Add(encodeFolder(key, savedFolder{1, []checksum.Remembered{{Name: "x", Inode: 1, Size: 2}}})[8:])
	f.Fuzz(func(t *testing.T, text []byte) {
		value := append(make([]byte, 8), text...)
		sum := sumOfValue(key, text)
		for i := range 8 {
			value[i] = byte(sum >> (56 - 8*i))
		}
		if folder, ok := decodeFolder(key, value); ok && len(folder.files) > len(text) {
			t.Errorf("%d files in %d bytes", len(folder.files), len(text))
		}
	})
}
