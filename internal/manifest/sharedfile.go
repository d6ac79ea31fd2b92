package manifest

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/jottarun/jottarun/internal/localfs"
)

// shared is a file that had several names before anything was applied. One of them may
// be outside, whatever the manifest says of its hard links: to change its owner or mode
// would be to change it there.
type shared struct {
	path  string
	names map[string]bool // the paths of those that the manifest has
	alike bool            // it is as recorded already
}

const hasOtherNames = "it has other names, which the manifest does not know of: left alone"

// finishShared gives files with several names their attributes where all of the names are
// known, also those that are not wanted. The others are named.
func (a *applying) finishShared(ctx context.Context) error {
	if len(a.shared) == 0 {
		return nil
	}
	if err := a.read(ctx, func(e Entry, _ int) { a.findName(e) }); err != nil {
		return err
	}
	for _, group := range slices.Sorted(maps.Keys(a.shared)) {
		if file := a.shared[group]; !file.alike {
			a.fail(file.path, hasOtherNames, nil)
		}
	}
	return nil
}

// findName counts a name of a shared file. With the last one comes what is recorded.
func (a *applying) findName(e Entry) {
	file := a.shared[e.HardLink]
	if file == nil {
		return
	}
	place, name, at, err := a.cursor.locate(e)
	if err != nil || name == "" {
		return
	}
	node, err := place.Hold(name)
	if err != nil {
		return // no name of it, or said before
	}
	defer node.Close()
	if idOf(node) != a.groups[e.HardLink].id || e.describes(node) != nil {
		return
	}
	file.names[at] = true
	file.alike = a.alike(node, e)
	if uint64(len(file.names)) == node.Status().Links {
		delete(a.shared, e.HardLink)
		a.attributes(node, e, at)
	}
}

// alike reports whether attributes would change nothing.
func (a *applying) alike(node *localfs.Node, e Entry) bool {
	now := node.Status()
	mode := e.Mode
	if !a.options.Privileged {
		mode &^= special
	}
	owned := now.Owner == a.names.userID(e.Owner) && now.Group == a.names.groupID(e.Group)
	if a.options.Owners && !owned || e.Kind != Symlink && now.Mode != mode || !now.Modified.Equal(e.Modified) {
		return false
	}
	current, err := node.Xattrs()
	if err != nil {
		return len(e.Xattrs) == 0
	}
	for _, x := range e.Xattrs {
		if now, found := value(current, x.Name); (a.options.Privileged || !isTrusted(x.Name)) && !(found && bytes.Equal(now, x.Value)) {
			return false
		}
	}
	return !slices.ContainsFunc(current, func(x localfs.Xattr) bool {
		_, known := value(e.Xattrs, x.Name)
		return isACL(x.Name) && !known
	})
}
