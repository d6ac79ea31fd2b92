package state

import (
	"encoding/binary"
	"hash/crc64"

	"github.com/jottarun/jottarun/internal/checksum"
)

// savedFolder is what is remembered of one folder.
type savedFolder struct {
	inode uint64
	files []checksum.Remembered
}

// A value is a checksum of 8 bytes, the inode of the folder, the number of files and
// the files. Of a file it has what differs from the one before: most take some 40
// bytes and the rest of their name.

// minFileValue is what a file takes at least: an MD5 and six numbers.
const minFileValue = 16 + 6

// encodeFolder writes a value that only decodeFolder with the same key reads.
func encodeFolder(key folderKey, folder savedFolder) []byte {
	value := make([]byte, 8, 16+64*len(folder.files))
	value = binary.AppendUvarint(value, folder.inode)
	value = binary.AppendUvarint(value, uint64(len(folder.files)))
	var before checksum.Remembered
	for _, file := range folder.files {
		shared := sharedPrefix(before.Name, file.Name)
		value = binary.AppendUvarint(value, uint64(shared)<<1|suspectBit(file))
		value = binary.AppendUvarint(value, uint64(len(file.Name)-shared))
		value = append(value, file.Name[shared:]...)
		value = binary.AppendVarint(value, int64(file.Inode-before.Inode))
		value = binary.AppendVarint(value, file.Size)
		value = binary.AppendVarint(value, file.Modified-before.Modified)
		value = binary.AppendVarint(value, file.Changed-file.Modified)
		value = append(value, file.MD5[:]...)
		before = file
	}
	binary.BigEndian.PutUint64(value, sumOfValue(key, value[8:]))
	return value
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func suspectBit(file checksum.Remembered) uint64 {
	if file.Suspect {
		return 1
	}
	return 0
}

// sumOfValue covers the place, so that a value is worth nothing in another.
func sumOfValue(key folderKey, text []byte) uint64 {
	table := crc64.MakeTable(crc64.ECMA)
	sum := crc64.Update(0, table, []byte(key.root+"\x00"+key.folder+"\x00"))
	return crc64.Update(sum, table, text)
}

// folderInode reads the inode alone, and takes the rest on trust.
func folderInode(value []byte) (uint64, bool) {
	if len(value) < 8 {
		return 0, false
	}
	inode, n := binary.Uvarint(value[8:])
	return inode, n > 0 && inode != 0
}

// decodeFolder reports false for a value that is not as it was written there.
func decodeFolder(key folderKey, value []byte) (savedFolder, bool) {
	if len(value) < 8 || binary.BigEndian.Uint64(value) != sumOfValue(key, value[8:]) {
		return savedFolder{}, false
	}
	r := valueReader{rest: value[8:]}
	folder := savedFolder{inode: r.unsigned()}
	count := r.unsigned()
	folder.files = make([]checksum.Remembered, 0, min(count, uint64(len(value)/minFileValue)))
	var before checksum.Remembered
	for i := uint64(0); i < count && !r.bad; i++ {
		before = r.file(before)
		folder.files = append(folder.files, before)
	}
	if r.bad || len(r.rest) > 0 {
		return savedFolder{}, false
	}
	return folder, true
}

// valueReader reads numbers and texts until one of them is not there.
type valueReader struct {
	rest []byte
	bad  bool
}

func (r *valueReader) file(before checksum.Remembered) checksum.Remembered {
	prefix := r.unsigned()
	shared, length := prefix>>1, r.unsigned()
	if shared > uint64(len(before.Name)) {
		r.bad = true
		return before
	}
	file := checksum.Remembered{Suspect: prefix&1 == 1}
	file.Name = before.Name[:shared] + string(r.bytes(length))
	file.Inode = before.Inode + uint64(r.signed())
	file.Size = r.signed()
	file.Modified = before.Modified + r.signed()
	file.Changed = file.Modified + r.signed()
	copy(file.MD5[:], r.bytes(uint64(len(file.MD5))))
	return file
}

func (r *valueReader) unsigned() uint64 {
	number, n := binary.Uvarint(r.rest)
	r.skip(n)
	return number
}

func (r *valueReader) signed() int64 {
	number, n := binary.Varint(r.rest)
	r.skip(n)
	return number
}

func (r *valueReader) skip(n int) {
	if n <= 0 {
		r.bad, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

func (r *valueReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
