package planner

import (
	"crypto/md5"
	"fmt"
	"path"
	"strings"

	"github.com/jottarun/jottarun/jotta"
)

const (
	draftPrefix = ".jottarun-"
	draftSuffix = ".part"
	draftLength = len(draftPrefix) + 2*md5.Size + len(draftSuffix)
)

// DraftName is what the file of an action is called while it is being brought back. It
// depends on the file's name and content, so that only bytes of the same file are ever
// gone on with.
func (a Action) DraftName() string {
	id := fmt.Appendf(nil, "%s/%d/%s", a.Remote.MD5, a.Remote.Size, path.Base(string(a.Path)))
	return fmt.Sprintf("%s%x%s", draftPrefix, md5.Sum(id), draftSuffix)
}

// isDraft reports whether a name is one that DraftName gives.
func isDraft(name string) bool {
	return len(name) == draftLength && strings.HasPrefix(name, draftPrefix) && strings.HasSuffix(name, draftSuffix)
}

// isReservedPath reports whether a path below a target is jottarun's own.
func isReservedPath(path string) bool {
	first, _ := cutFirst(RelPath(path))
	return jotta.FoldName(string(first)) == jotta.FoldName(jotta.ReservedFolder)
}

func cutFirst(path RelPath) (first, rest RelPath) {
	head, tail, _ := strings.Cut(string(path), "/")
	return RelPath(head), RelPath(tail)
}
