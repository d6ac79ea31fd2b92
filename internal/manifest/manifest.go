// Package manifest keeps what a Linux tree has and JottaCloud does not: modes, owners,
// symbolic and hard links, extended attributes and ACLs, times to the nanosecond, empty
// folders, holes, and the original bytes of names.
//
// A manifest is one file of zstd-compressed JSON lines, described in docs/manifest.md.
// The steps, in the order of the files: Entry, its line, Writer and Reader, Capture
// (what a tree has), Apply (give it back to a restored one). A manifest that is read is
// input from outside: it is limited, checked, and never leads out of the folder it is
// applied to.
package manifest

import (
	"os"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
)

// Header is the manifest's first line.
type Header struct {
	Job   string
	Roots []Root
}

// Root is a local folder of the job. Its contents are described below As, which is
// empty where they go straight into the target.
type Root struct{ Path, As string }

// Entry is one thing of the tree.
type Entry struct {
	Root     int    // index into Header.Roots
	Path     string // below the target, any bytes but NUL; "" is the target's own folder
	Cloud    string // the path as the service stores it, where it is another
	Kind     Kind
	Mode     uint32 // permissions with set-uid, set-gid and sticky
	Owner    ID
	Group    ID
	Modified time.Time
	Size     int64  // of a file
	Target   string // of a symbolic link
	HardLink int    // entries with the same number, which is not 0, are one file
	Major    uint32 // of a device
	Minor    uint32
	Xattrs   []localfs.Xattr // sorted by name; ACLs are some of them
	Holes    []localfs.Hole  // of a file, in order
}

// ID is a user or a group: by number and, where it has one, by name.
type ID struct {
	Number uint32
	Name   string
}

// Kind is what an entry is.
type Kind string

// The kinds of entries.
const (
	File        Kind = "file"
	Folder      Kind = "folder"
	Symlink     Kind = "symlink"
	Fifo        Kind = "fifo"
	Socket      Kind = "socket"
	CharDevice  Kind = "char_device"
	BlockDevice Kind = "block_device"
)

// kinds relate what the system calls a type to what the format does.
var kinds = []struct {
	kind Kind
	mode os.FileMode
}{
	{File, 0},
	{Folder, os.ModeDir},
	{Symlink, os.ModeSymlink},
	{Fifo, os.ModeNamedPipe},
	{Socket, os.ModeSocket},
	{CharDevice, os.ModeDevice | os.ModeCharDevice},
	{BlockDevice, os.ModeDevice},
}

func kindOf(mode os.FileMode) (Kind, bool) {
	for _, k := range kinds {
		if k.mode == mode {
			return k.kind, true
		}
	}
	return "", false
}

func (k Kind) fileMode() (os.FileMode, bool) {
	for _, known := range kinds {
		if known.kind == k {
			return known.mode, true
		}
	}
	return 0, false
}

func (k Kind) isDevice() bool { return k == CharDevice || k == BlockDevice }
