package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// StillGone looks at the roots once more, before a pruning that Prove returned is
// carried out, and returns it without the files that are back: a run may take hours.
// It is an error where a root is not the folder any more that was planned.
func (p *Plan) StillGone(pruning *Plan) (*Plan, []Stale, error) {
	look := &secondLook{plan: p, trees: map[int]*localfs.Tree{}, names: map[string]map[string]bool{}}
	defer look.close()
	still := *pruning
	still.Actions, still.Counts = []Action{}, Counts{}
	var back []Stale
	for _, a := range pruning.Actions {
		isBack, err := false, error(nil)
		if a.Kind == Pruned && !a.Excluded {
			isBack, err = look.finds(string(a.CloudPath))
		}
		switch {
		case err != nil:
			return nil, nil, err
		case isBack:
			back = append(back, Stale{a.Path, "it is here again"})
		default:
			still.add(a)
		}
	}
	return &still, back, nil
}

// secondLook finds names in the roots as they are now.
type secondLook struct {
	plan  *Plan
	trees map[int]*localfs.Tree
	names map[string]map[string]bool // of folders that were read: folded names
}

// finds reports whether something here has the path, as the service tells names
// apart.
func (l *secondLook) finds(path string) (bool, error) {
	for i, root := range l.plan.Roots {
		rel, within := path, true
		if root.As != "" {
			as, below, _ := strings.Cut(path, "/")
			rel, within = below, jotta.FoldName(as) == jotta.FoldName(root.As)
		}
		if !within {
			continue
		}
		tree, err := l.tree(i)
		if err != nil {
			return false, err
		}
		return l.isIn(tree, i, "", rel)
	}
	return false, nil // in no root's place: nothing here could bring it back
}

func (l *secondLook) tree(i int) (*localfs.Tree, error) {
	if tree, ok := l.trees[i]; ok {
		return tree, nil
	}
	tree, err := l.plan.OpenRoot(i)
	if err != nil {
		return nil, err
	}
	l.trees[i] = tree
	return tree, nil
}

// OpenRoot opens the i-th tree again, which is a root or a folder that links lead into. It is an error, which wraps ErrRefused, where
// that is not the very folder that was planned: what stands there now, a link to
// another tree or an empty mount point, is none of the job's.
func (p *Plan) OpenRoot(i int) (*localfs.Tree, error) {
	path := p.Tree(i).Path
	tree, err := localfs.OpenTree(path)
	if err != nil {
		return nil, fmt.Errorf("%w: root %q is no longer there as planned (not mounted?): %w", ErrRefused, path, err)
	}
	if p.rootInfos == nil {
		return tree, nil // a plan that no scan has made knows nothing of its roots
	}
	if info, err := tree.Lstat(""); err != nil || !info.SameFile(p.rootInfos[i]) {
		tree.Close()
		return nil, fmt.Errorf("%w: root %q is no longer there as planned (not mounted?): it is another folder", ErrRefused, path)
	}
	return tree, nil
}

// RootsInPlace returns an error, which wraps ErrRefused, where a root is not what it
// was when the job was planned: another folder, or without a file system that was
// mounted in it. That files are not there is then no news of them.
func (p *Plan) RootsInPlace() error {
	look := &secondLook{plan: p, trees: map[int]*localfs.Tree{}}
	defer look.close()
	for i := range p.Trees() {
		root := p.Tree(i)
		if _, err := look.tree(i); err != nil {
			return err
		}
		now := mountedAt(root.Path)
		for _, mount := range root.Mounts {
			if !slices.Contains(now, mount) {
				return fmt.Errorf("%w: root %q has lost the file system that was mounted at %q", ErrRefused, root.Path, mount)
			}
		}
	}
	return nil
}

// isIn looks for rel below a folder, going into every folder whose name folds to the
// path's: twins may hold it as well. A folder that cannot be read may hold anything.
func (l *secondLook) isIn(tree *localfs.Tree, root int, folder, rel string) (bool, error) {
	name, below, more := strings.Cut(rel, "/")
	entries, err := l.entries(tree, root, folder)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, localfs.ErrNotFolder), nil
	}
	for here := range entries {
		if jotta.FoldName(here) != jotta.FoldName(name) {
			continue
		}
		if !more {
			return true, nil
		}
		if found, err := l.isIn(tree, root, join(folder, here), below); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func (l *secondLook) entries(tree *localfs.Tree, root int, folder string) (map[string]bool, error) {
	key := fmt.Sprintf("%d/%s", root, folder)
	if names, ok := l.names[key]; ok {
		return names, nil
	}
	opened, err := tree.OpenFolder(folder)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	entries, err := opened.Entries()
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name] = true
	}
	l.names[key] = names
	return names, nil
}

func (l *secondLook) close() {
	for _, tree := range l.trees {
		tree.Close()
	}
}
