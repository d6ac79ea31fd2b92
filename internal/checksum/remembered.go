package checksum

import "crypto/md5"

// Remembered is the MD5 that a file once had, and what the file was like then.
type Remembered struct {
	Name     string // in its folder
	Inode    uint64
	Size     int64
	Modified int64 // nanoseconds since 1970
	Changed  int64 // likewise, of content or metadata
	MD5      [md5.Size]byte

	// Suspect says that the file was read again and had other content, though nothing
	// else about it had changed. MD5 is the one from before.
	Suspect bool
}

// SameState reports whether both are of one file in one state, whatever its name.
func (r Remembered) SameState(other Remembered) bool {
	return r.Inode == other.Inode && r.Size == other.Size && r.Modified == other.Modified && r.Changed == other.Changed
}
