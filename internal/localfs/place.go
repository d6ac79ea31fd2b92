package localfs

import (
	"errors"
	"os"
	"time"
)

// Status is what the system says about something of any kind.
type Status struct {
	Type         os.FileMode // os.ModeDir and the like; 0 is a regular file
	Mode         uint32      // permissions with set-uid, set-gid and sticky, as chmod(2) has them
	Owner, Group uint32
	Size         int64
	Allocated    int64 // bytes that it takes on the disk
	Modified     time.Time
	Device       uint64 // with Inode: which one it is
	Inode        uint64
	Links        uint64
	Major, Minor uint32 // of a device file
}

// Kind is what Info would say.
func (s Status) Kind() Kind { return kindOf(s.Type) }

// Xattr is an extended attribute. ACLs are some of them.
type Xattr struct {
	Name  string
	Value []byte
}

// Limits of what the system hands out.
const (
	maxXattrSize = 64 << 10 // XATTR_SIZE_MAX and XATTR_LIST_MAX
	maxTarget    = 64 << 10
)

// Hole is a part of a file that takes no place on the disk and reads as zeros.
type Hole struct{ Offset, Length int64 }

// errNotAName keeps callers from leaving the folder: a Place takes single names only.
var errNotAName = errors.New("not a name in a folder")

// isName reports whether name can stand for something in a folder and nowhere else.
func isName(name string) bool {
	if name == "" || name == "." || name == ".." {
		return false
	}
	for i := range len(name) {
		if name[i] == '/' || name[i] == 0 {
			return false
		}
	}
	return true
}
