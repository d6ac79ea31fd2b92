package jotta

import (
	"fmt"
	"strings"
)

// Path is the plain name of something in the cloud,
// "/device/backupdir/folder/file", not yet escaped for the wire.
type Path string

// ParsePath checks that s is absolute, names a device and a backupdir, and holds
// no empty, "." or ".." segment.
func ParsePath(s string) (Path, error) {
	if !strings.HasPrefix(s, "/") {
		return "", fmt.Errorf("parse path %q: it must start with /", s)
	}
	segments := strings.Split(s[1:], "/")
	if len(segments) < 2 {
		return "", fmt.Errorf("parse path %q: want /device/backupdir/folder", s)
	}
	for _, segment := range segments {
		if segment == "" || segment == "." || segment == ".." {
			return "", fmt.Errorf("parse path %q: a segment may not be %q", s, segment)
		}
		if err := CheckName(segment); err != nil {
			return "", fmt.Errorf("parse path %q: segment %q: %w", s, segment, err)
		}
	}
	return Path(s), nil
}

// Join returns the path of rel, a slash path, below p. An empty rel is p itself.
func (p Path) Join(rel string) Path {
	if rel == "" {
		return p
	}
	return p + "/" + Path(rel)
}

// Device is the first segment: the computer the path belongs to.
func (p Path) Device() string {
	device, _, _ := strings.Cut(strings.TrimPrefix(string(p), "/"), "/")
	return device
}

// Backupdir is the second segment, which the protocol calls the mountpoint.
func (p Path) Backupdir() string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(string(p), "/"), "/")
	backupdir, _, _ := strings.Cut(rest, "/")
	return backupdir
}

// Folder is what follows the backupdir, without a leading slash; "" for the
// backupdir itself.
func (p Path) Folder() string {
	parts := strings.SplitN(strings.TrimPrefix(string(p), "/"), "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// parent is the folder that p is in; false where that is the backupdir, or p has none.
func (p Path) parent() (Path, bool) {
	i := strings.LastIndexByte(string(p), '/')
	if i < 0 || !strings.Contains(p.Folder(), "/") {
		return "", false
	}
	return p[:i], true
}

// encode escapes every segment's name as the service stores it.
func (p Path) encode() string {
	segments := strings.Split(string(p), "/")
	for i, segment := range segments {
		segments[i] = EncodeName(segment)
	}
	return strings.Join(segments, "/")
}
