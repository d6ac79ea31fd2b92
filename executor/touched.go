package executor

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jottarun/jottarun/internal/localfs"
)

// folderAt is a folder below one of the roots.
type folderAt struct {
	root int
	rel  string
}

func (f folderAt) above() folderAt {
	return folderAt{f.root, f.rel[:max(0, strings.LastIndexByte(f.rel, '/'))]}
}

func (f folderAt) compare(other folderAt) int {
	return cmp.Or(cmp.Compare(f.root, other.root), cmp.Compare(f.rel, other.rel))
}

// touchedFolders are those in which a restore has made names. It may be used by many
// goroutines.
type touchedFolders struct {
	mu       sync.Mutex
	at       map[folderAt]*localfs.Info // nil: it only may be new itself
	replaced map[folderAt]bool          // names were made in two that were there one after the other
}

// add notes that a folder has got a new name, and that those above it may be new.
func (t *touchedFolders) add(at folderAt, folder localfs.Info) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == nil {
		t.at, t.replaced = map[folderAt]*localfs.Info{}, map[folderAt]bool{}
	}
	if before := t.at[at]; before != nil && !before.SameFile(folder) {
		t.replaced[at] = true
	}
	t.at[at] = &folder
	for at.rel != "" {
		at = at.above()
		if _, known := t.at[at]; known {
			return
		}
		t.at[at] = nil
	}
}

// sync makes the new names last. It is an error that a folder with new names is not in
// its place any more.
func (t *touchedFolders) sync(trees []*localfs.Tree) error {
	var moved error
	for _, at := range slices.SortedFunc(maps.Keys(t.at), folderAt.compare) {
		folder, err := trees[at.root].OpenFolder(at.rel)
		switch {
		case isGone(err):
			moved = cmp.Or(moved, at.notFound(err))
			continue
		case err != nil:
			return fmt.Errorf("sync folder %q: %w", at.rel, err)
		case t.replaced[at], t.at[at] != nil && !t.at[at].SameFile(folder.Info()):
			moved = cmp.Or(moved, at.notFound(errors.New("another one has its name")))
		}
		if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
			return fmt.Errorf("sync folder %q: %w", at.rel, err)
		}
	}
	return moved
}

func (f folderAt) notFound(cause error) error {
	return fmt.Errorf("find again the folder %q, which was restored to: %w", f.rel, cause)
}

// isGone recognises a folder that somebody has put elsewhere.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, localfs.ErrNotFolder) || errors.Is(err, localfs.ErrReplaced)
}
