package emulator

import (
	"encoding/hex"
	"math"
	"strings"
)

// never is the time of what has not happened: a file that is not deleted.
const never = math.MinInt64

// keptRevisions is how many versions of a file the service keeps, the current one
// included.
const keptRevisions = 5

// folder is a node that holds others: the account, a device, a mountpoint, a folder.
// Children are found under their folded names and keep their spelling.
type folder struct {
	name    string
	parent  *folder
	deleted int64 // when it went to the trash, or never
	device  *device
	folders map[string]*folder
	files   map[string]*file
}

// device is what a folder of the first level is besides.
type device struct {
	kind     string // JOTTA for the built-in one, WORKSTATION, LAPTOP, ...
	id       string
	modified int64
}

// file is a path that has, had, or awaits content.
type file struct {
	name    string
	parent  *folder
	uuid    string
	deleted int64
	current *revision  // newest complete version; nil before the first
	older   []revision // newest first
	upload  *upload    // newest version, as long as it is incomplete or corrupt
	share   string     // secret part of the public link; empty: not shared
}

// revision is one complete version of a file. Times are seconds since 1970.
type revision struct {
	number   int
	digest   digest
	size     int64
	created  int64
	modified int64
	updated  int64
}

// digest is an MD5 that remembers the letter case in which it was given.
type digest struct {
	sum   [16]byte
	upper bool
}

func parseDigest(text string) (digest, bool) {
	var d digest
	if len(text) != hex.EncodedLen(len(d.sum)) {
		return d, false
	}
	if _, err := hex.Decode(d.sum[:], []byte(text)); err != nil {
		return d, false
	}
	d.upper = text != strings.ToLower(text)
	return d, true
}

func (d digest) String() string {
	text := hex.EncodeToString(d.sum[:])
	if d.upper {
		return strings.ToUpper(text)
	}
	return text
}

func newFolder(name string, parent *folder) *folder {
	return &folder{name: name, parent: parent, deleted: never}
}

func (f *folder) names() []string {
	if f.parent == nil {
		return nil
	}
	return append(f.parent.names(), f.name)
}

func (f *file) names() []string { return append(f.parent.names(), f.name) }

// live says that the file counts as present: complete, and not in the trash.
func (f *file) live() bool { return f.current != nil && f.deleted == never }

// holds says that the current version is this content.
func (f *file) holds(sum [16]byte, size int64) bool {
	return f.current != nil && f.current.digest.sum == sum && f.current.size == size
}

// nextNumber is the number that the next version gets; they never repeat.
func (f *file) nextNumber() int {
	switch {
	case f.upload != nil:
		return f.upload.target.number
	case f.current != nil:
		return f.current.number + 1
	}
	return 1
}

// revisions lists every complete version.
func (f *file) revisions() []revision {
	if f.current == nil {
		return nil
	}
	return append([]revision{*f.current}, f.older...)
}

// joinNames is the path of names, each after a slash.
func joinNames(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "/" + strings.Join(names, "/")
}
