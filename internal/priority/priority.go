// Package priority lets the whole process step back behind whatever else the machine
// has to do.
package priority

// How far Lower steps back. Where CPU is scarce, others get about nine times as much at
// this niceness; where the disk is, all others come first. But something is left: in the
// idle class, which gets nothing while others want the disk, a backup might never end.
const (
	niceness = 10
	ioLevel  = 7 // the last of the best-effort class
)
