package manifest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
)

// Limits of what a manifest may hold; they bound what a hostile one can cost. Capture
// keeps to them: what is beyond is left out and noted.
const (
	maxRoots     = 10_000
	maxPath      = 64 << 10
	maxName      = 1 << 10
	maxDepth     = 2048
	maxTarget    = 64 << 10
	maxOwnerName = 256
	maxXattrs    = 10_000
	maxXattrSize = 2 << 20 // names and values of one entry
	maxHoles     = 10_000
	maxLine      = 4 << 20
	maxWindow    = 8 << 20
	maxEntries   = 100_000_000
)

// reserved is no owner or group: to chown(2) it means to change none.
const reserved = math.MaxUint32

// check says what is wrong with an entry, wherever it comes from.
func (e *Entry) check(roots int) error {
	mode, known := e.Kind.fileMode()
	switch {
	case !known:
		return fmt.Errorf("kind %.20q is unknown", string(e.Kind))
	case e.Root < 0 || e.Root >= roots:
		return fmt.Errorf("root %d is not in the header", e.Root)
	case e.Path == "" && !mode.IsDir():
		return errors.New("it has no path")
	case e.Mode > 0o7777:
		return fmt.Errorf("mode %o has more than permissions", e.Mode)
	case e.Owner.Number == reserved || e.Group.Number == reserved:
		return errors.New("its owner or group is -1")
	case len(e.Owner.Name) > maxOwnerName || len(e.Group.Name) > maxOwnerName:
		return errors.New("its owner's or group's name is too long")
	case e.HardLink < 0 || e.HardLink > 0 && mode.IsDir():
		return errors.New("it cannot have hard links")
	case e.Kind == Symlink && (e.Target == "" || len(e.Target) > maxTarget || strings.Contains(e.Target, "\x00")):
		return errors.New("it leads to no path")
	case !sane(e.Modified):
		return errors.New("its time is out of bounds")
	}
	return errors.Join(checkPath(e.Path), e.checkCloud(), e.checkXattrs(), e.checkHoles())
}

// sane reports whether a time can be told to a file system without overflow.
func sane(t time.Time) bool {
	const bound = 1 << 40 // seconds: some 34,000 years
	return t.Unix() > -bound && t.Unix() < bound
}

// checkPath makes sure that a path stays below the folder it is applied to.
func checkPath(path string) error {
	switch {
	case path == "":
		return nil
	case len(path) > maxPath:
		return fmt.Errorf("its path has %d bytes", len(path))
	case strings.Count(path, "/") >= maxDepth:
		return errors.New("it lies too deep")
	case strings.Contains(path, "\x00"):
		return errors.New("its path holds a NUL")
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			return fmt.Errorf("%q is no name in a path", name)
		}
		if len(name) > maxName {
			return fmt.Errorf("a name of %d bytes", len(name))
		}
	}
	return nil
}

// checkCloud makes sure that the other path is a path of its own right: an escaped name
// may stand for one with a slash in it.
func (e *Entry) checkCloud() error {
	if e.Cloud == "" {
		return nil
	}
	at := e.at()
	if strings.Count(at, "/") != strings.Count(e.Path, "/") || at == "" || e.Path == "" {
		return errors.New("its path in the cloud is another")
	}
	return errors.Join(checkPath(e.Cloud), checkPath(at))
}

func (e *Entry) checkXattrs() error {
	if len(e.Xattrs) > maxXattrs || xattrSize(e.Xattrs) > maxXattrSize {
		return errors.New("its attributes are too large")
	}
	for i, x := range e.Xattrs {
		if x.Name == "" || strings.Contains(x.Name, "\x00") {
			return errors.New("an attribute has no name")
		}
		if i > 0 && x.Name <= e.Xattrs[i-1].Name {
			return errors.New("its attributes are not sorted")
		}
	}
	return nil
}

func xattrSize(xattrs []localfs.Xattr) int {
	size := 0
	for _, x := range xattrs {
		size += len(x.Name) + len(x.Value)
	}
	return size
}

func (e *Entry) checkHoles() error {
	if e.Size < 0 || len(e.Holes) > maxHoles || len(e.Holes) > 0 && e.Kind != File {
		return errors.New("its size or its holes cannot be")
	}
	end := int64(0)
	for _, hole := range e.Holes {
		if hole.Offset < end || hole.Length <= 0 || hole.Length > e.Size-hole.Offset {
			return errors.New("its holes are not within it, or not in order")
		}
		end = hole.Offset + hole.Length
	}
	return nil
}
