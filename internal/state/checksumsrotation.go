package state

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"go.etcd.io/bbolt"
)

const rotationKey = "rehash"

// rotation is the share of all files that is read again: those whose place, by a hash
// of their path, lies in a window that moves on by its own width with every walk. So
// each file has its turn once in a round.
type rotation struct {
	start, width uint64 // of 1<<64
	saved        uint64 // the start in the file
}

func newRotation(start uint64, share float64) rotation {
	width := uint64(math.MaxUint64)
	if share < 1 {
		width = uint64(max(share, 0) * (1 << 63) * 2)
	}
	return rotation{start: start, width: width, saved: start}
}

func readRotation(meta *bbolt.Bucket, share float64) rotation {
	if saved := meta.Get([]byte(rotationKey)); len(saved) == 8 {
		return newRotation(binary.BigEndian.Uint64(saved), share)
	}
	return newRotation(0, share)
}

func (r *rotation) moved() bool { return r.start != r.saved }

// save writes the start where it has moved.
func (r *rotation) save(tx *bbolt.Tx) error {
	if !r.moved() {
		return nil
	}
	meta, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
	if err != nil {
		return err
	}
	r.saved = r.start
	return meta.Put([]byte(rotationKey), binary.BigEndian.AppendUint64(nil, r.start))
}

// Due reports whether it is the turn of a file to be read again, though its checksum
// is known.
func (c *Checksums) Due(root, folder, name string) bool {
	if c.window.width == 0 {
		return false
	}
	sum := sha256.Sum256([]byte(root + "\x00" + folder + "/" + name))
	return binary.BigEndian.Uint64(sum[:])-c.window.start < c.window.width
}
