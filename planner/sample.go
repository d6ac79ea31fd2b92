package planner

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"github.com/jottarun/jottarun/jotta"
)

// Sample is a random part of the files of a listing, which nobody can foretell and
// anybody can draw again who knows the seed. A nil one is all of them.
type Sample struct {
	seed  uint64
	below uint64 // lots up to this one are drawn
}

// NewSample draws a share of the files, from 0 to 1, or a number of them if that is not
// 0; at least one, and all where there are not more.
func NewSample(listing *jotta.Listing, seed uint64, share float64, files int) *Sample {
	s := &Sample{seed: seed}
	lots := s.lots(nil, listing.Root())
	if len(lots) == 0 {
		return s
	}
	slices.Sort(lots)
	s.below = lots[min(max(files, 1), len(lots))-1]
	switch {
	case files == 0 && share >= 1:
		s.below = math.MaxUint64
	case files == 0:
		s.below = max(s.below, uint64(share*(1<<64)))
	}
	return s
}

// Has reports whether the file at a path, as the cloud spells it, is in the sample.
func (s *Sample) Has(path string) bool { return s == nil || s.lot(path) <= s.below }

// lots draws for every file in a folder and below.
func (s *Sample) lots(lots []uint64, folder jotta.Folder) []uint64 {
	for i := range folder.NumFiles() {
		if path := join(folder.Path(), folder.File(i).Name); !isReservedPath(path) {
			lots = append(lots, s.lot(path))
		}
	}
	for i := range folder.NumFolders() {
		lots = s.lots(lots, folder.Folder(i))
	}
	return lots
}

// lot is the file's own, whatever other files there are.
func (s *Sample) lot(path string) uint64 {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, s.seed), path...))
	return binary.BigEndian.Uint64(sum[:])
}
