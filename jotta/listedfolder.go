package jotta

import "strings"

// listedFolder tells where the paths of an answer are, seen from the folder that was
// listed. The service may spell that folder in other letters.
type listedFolder struct {
	device   string   // folded, as all segments
	segments []string // from the backupdir on
}

func newListedFolder(p Path) listedFolder {
	segments := splitSegments(strings.TrimPrefix(p.encode(), "/"))
	for i, segment := range segments {
		segments[i] = FoldName(segment)
	}
	return listedFolder{segments[0], segments[1:]}
}

// relative returns what follows the listed folder in "/backupdir/…"; false where the
// path is not in it.
func (f listedFolder) relative(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", false
	}
	for _, want := range f.segments {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		if FoldName(segment) != want {
			return "", false
		}
	}
	return rest, true
}

// relativeJFS is relative for "/user/device/backupdir/…".
func (f listedFolder) relativeJFS(path string) (string, bool) {
	parts := strings.SplitN(path, "/", 4)
	if len(parts) < 4 || parts[0] != "" || FoldName(parts[2]) != f.device {
		return "", false
	}
	return f.relative("/" + parts[3])
}

func splitSegments(path string) []string { return strings.Split(path, "/") }

func baseName(path string) string {
	_, name := splitPath(path)
	return name
}

// decodePath returns the plain form of an escaped path.
func decodePath(path string) string {
	segments := splitSegments(path)
	for i, segment := range segments {
		segments[i] = DecodeName(segment)
	}
	return strings.Join(segments, "/")
}
