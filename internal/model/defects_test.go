package model

// What is known to be wrong, and has yet to be mended: sequences keep clear of it, so
// that they find what is not known. To see it again, set it to false.
const (
	// A move takes along what another device wrote to the old path after the plan.
	movesTakeNewContent = true
	// Of two folders whose names are one to the service, one excluded and one not, what
	// the cloud has of the excluded one counts as gone, and is pruned.
	excludedTwinIsPruned = true
)
