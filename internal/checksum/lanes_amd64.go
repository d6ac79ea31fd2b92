package checksum

import "golang.org/x/sys/cpu"

func haveLanes() bool { return cpu.X86.HasAVX2 }

// hashBlocks adds blocks of 64 bytes to the state of each lane, from the place on that
// its content points at.
//
//go:noescape
func hashBlocks(states *states, contents *[lanes]*byte, blocks int)
