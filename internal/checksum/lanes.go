package checksum

import (
	"crypto/md5"
	"encoding/binary"
	"slices"
)

// lanes is how many MD5s are computed side by side: one in each of the eight 32-bit
// words of a register, and twice that, so that the processor has something to do while
// it waits for what an instruction gives.
const lanes = 16

// fewLanes is how many it takes to be faster than crypto/md5, one after the other.
const fewLanes = 3

// states are the four words of an MD5 in progress, of each lane.
type states [4][lanes]uint32

// usableLanes returns how many streams are to be hashed side by side: one, where the
// processor has no lanes, or where they do not say what crypto/md5 says.
func usableLanes() int {
	if haveLanes() && agree(hashAll) {
		return lanes
	}
	return 1
}

// agree tries a way to hash a batch.
func agree(hash func([]*stream)) bool {
	content := make([]byte, 4*md5.BlockSize)
	for i := range content {
		content[i] = byte(i*i + i>>4)
	}
	var batch [lanes]*stream
	for i := range batch {
		s := newStream()
		if saved, err := s.hash.AppendBinary(nil); err != nil || len(saved) != savedSize {
			return false
		}
		s.chunk = content[i:]
		batch[i] = s
	}
	hash(batch[:])
	for i, s := range batch {
		if s.sum() != md5.Sum(content[i:]) {
			return false
		}
	}
	return true
}

// hashAll adds the chunk of each stream to its hash.
func hashAll(batch []*stream) {
	var room [lanes]*stream
	for long := append(room[:0], batch...); ; {
		long = slices.DeleteFunc(long, func(s *stream) bool { return len(s.chunk) < md5.BlockSize })
		if len(long) < fewLanes {
			break
		}
		hashCommon(long)
	}
	for _, s := range batch {
		s.hash.Write(s.chunk)
	}
}

// hashCommon adds as many blocks of each chunk to its hash as the shortest has.
func hashCommon(batch []*stream) {
	var (
		states   states
		contents [lanes]*byte
		blocks   = chunkSize / md5.BlockSize
	)
	for i := range contents {
		s := batch[i%len(batch)] // a lane without a stream does what another does
		states.set(i, s.words())
		contents[i] = &s.chunk[0]
		blocks = min(blocks, len(s.chunk)/md5.BlockSize)
	}
	hashBlocks(&states, &contents, blocks)
	for i, s := range batch {
		s.skip(states.get(i), blocks*md5.BlockSize)
	}
}

func (s *states) set(lane int, words [4]uint32) {
	for i, word := range words {
		s[i][lane] = word
	}
}

func (s *states) get(lane int) (words [4]uint32) {
	for i := range words {
		words[i] = s[i][lane]
	}
	return words
}

// What crypto/md5 saves of a hash: four bytes that identify it, its words, room for what
// it has of a block, and its length. As this is not promised, agree looks whether it is
// so.
const (
	savedWords  = 4
	savedBlock  = savedWords + md5.Size
	savedLength = savedBlock + md5.BlockSize
	savedSize   = savedLength + 8
)

// words are those of the hash, which is between two blocks.
func (s *stream) words() (words [4]uint32) {
	s.saved, _ = s.hash.AppendBinary(s.saved[:0]) // never fails
	for i := range words {
		words[i] = binary.BigEndian.Uint32(s.saved[savedWords+4*i:])
	}
	return words
}

// skip gives the hash, just saved, the words that it has n bytes of the chunk later.
func (s *stream) skip(words [4]uint32, n int) {
	for i, word := range words {
		binary.BigEndian.PutUint32(s.saved[savedWords+4*i:], word)
	}
	length := s.saved[savedLength:]
	binary.BigEndian.PutUint64(length, binary.BigEndian.Uint64(length)+uint64(n))
	_ = s.hash.UnmarshalBinary(s.saved) // it fails only for what it has not saved itself
	s.chunk = s.chunk[n:]
}
