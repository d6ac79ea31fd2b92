//go:build !amd64

package checksum

func haveLanes() bool { return false }

func hashBlocks(*states, *[lanes]*byte, int) { panic("there are no lanes") }
