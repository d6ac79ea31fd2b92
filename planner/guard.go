package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
)

// openRoot is a root whose folder is open.
type openRoot struct {
	RootSpec
	tree   *localfs.Tree
	folder *localfs.Folder
	into   bool   // it is no root, but a folder that links may lead into
	real   string // the path without links, to tell where a link leads
}

type openedRoots []openRoot

// openTrees opens every root of the job, and then the folders that links may lead into, or
// refuses those it cannot stand for: an unreadable root is not an empty one.
func openTrees(spec Spec) (openedRoots, []Refusal) {
	var roots openedRoots
	var refusals []Refusal
	all := slices.Clip(spec.Roots)
	for _, path := range spec.FollowInto {
		all = append(all, RootSpec{Root: Root{Path: path}})
	}
	for i, root := range all {
		opened, err := open(root)
		opened.into = i >= len(spec.Roots)
		if err != nil {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: refusalReason(err)})
			continue
		}
		roots = append(roots, opened)
		if isWithin(opened.real, spec.Own) {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: "lies in a folder of jottarun's own"})
		}
	}
	return roots, refusals
}

func open(root RootSpec) (openRoot, error) {
	tree, err := localfs.OpenTree(root.Path)
	if err != nil {
		return openRoot{}, err
	}
	folder, err := tree.Root()
	if err != nil {
		return openRoot{}, errors.Join(err, tree.Close())
	}
	opened := openRoot{RootSpec: root, tree: tree, folder: folder, real: root.Path}
	if real, err := filepath.EvalSymlinks(root.Path); err == nil {
		opened.real = real
	}
	return opened, nil
}

// isWithin reports whether a path without links is one of some folders, or below one.
func isWithin(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		real, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return false // it does not exist
		}
		rel, err := filepath.Rel(real, path)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	})
}

func refusalReason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "does not exist (not mounted?)"
	}
	return "cannot be opened: " + plainCause(err)
}

// plainCause is the system's word for what went wrong, without the operation and
// the path, which the reader is told in other words.
func plainCause(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return err.Error()
}

// roots leaves the folders out that are none.
func (roots openedRoots) roots() openedRoots {
	if i := slices.IndexFunc(roots, func(r openRoot) bool { return r.into }); i >= 0 {
		return roots[:i:i]
	}
	return roots
}

func (roots openedRoots) close() {
	for _, root := range roots {
		root.folder.Close()
		root.tree.Close()
	}
}

// ownFolders describes jottarun's own folders, by which they are known wherever
// the walk meets them.
func ownFolders(paths []string) []localfs.Info {
	var own []localfs.Info
	for _, path := range paths {
		tree, err := localfs.OpenTree(path)
		if err != nil {
			continue // not made yet, so that nothing can meet it
		}
		if info, err := tree.Lstat(""); err == nil {
			own = append(own, info)
		}
		tree.Close()
	}
	return own
}

// checkRequired refuses roots that are not what the job requires them to be.
func (roots openedRoots) checkRequired(required Require) []Refusal {
	var refusals []Refusal
	for _, root := range roots {
		if required.Marker != "" {
			if _, err := root.tree.Lstat(required.Marker); err != nil {
				refusals = append(refusals, Refusal{Root: root.Path, Reason: fmt.Sprintf("does not hold %q, which the job requires (not mounted?)", required.Marker)})
				continue
			}
		}
		if required.Mounted && !root.mounted() {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: "has nothing mounted at it, which the job requires"})
		}
	}
	return refusals
}

func (r openRoot) mounted() bool {
	mount, err := localfs.MountOf(r.real)
	return err == nil && mount.Point == r.real
}

// checkKnown refuses roots that are not what they were when the job was last
// proved: emptiness and strangeness may be a disk that is not there.
func (p *Plan) checkKnown(roots openedRoots, spec Spec) []Refusal {
	var refusals []Refusal
	for i, root := range roots {
		if err := root.tree.InPlace(); err != nil {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: "went away while it was read (unmounted?)"})
			continue
		}
		if spec.AcceptEmpty {
			continue
		}
		if reason := p.Tree(i).differs(spec.Known); reason != "" {
			refusals = append(refusals, Refusal{Root: root.Path, Reason: reason, Acceptable: true})
		}
	}
	if len(refusals) == 0 && !spec.AcceptEmpty && p.Counts.Seen == 0 && p.Counts.Excluded > 0 && len(p.Problems) == 0 {
		refusals = append(refusals, Refusal{Root: spec.Roots[0].Path, Reason: "has nothing in it that the rules do not exclude", Acceptable: true})
	}
	return refusals
}

// differs says how a root is not what was known of it, or "". Of one that nothing is
// known of, being empty where the cloud has files says enough.
func (r Root) differs(known *Known) string {
	i := -1
	if known != nil {
		i = slices.IndexFunc(known.Roots, func(k Root) bool { return k.Path == r.Path && k.As == r.As })
	}
	empty := r.Files == 0 && !r.Unread
	switch {
	case i < 0 && empty && r.CloudOnly > 0 && r.Excluded > 0:
		return fmt.Sprintf("has nothing in it that the rules do not exclude, but the cloud has %s of it", fileNumber(r.CloudOnly))
	case i < 0 && empty && r.CloudOnly > 0:
		return fmt.Sprintf("has no file to back up, but the cloud has %s of it (not mounted?)", fileNumber(r.CloudOnly))
	case i < 0:
		return ""
	}
	was, date := known.Roots[i], known.Time.Format(time.DateOnly)
	switch {
	case empty && was.Files > 0 && r.Excluded > 0:
		return fmt.Sprintf("has nothing in it that the rules do not exclude, but held %s on %s", fileNumber(was.Files), date)
	case empty && was.Files > 0:
		return fmt.Sprintf("is empty but held %s on %s (not mounted?)", fileNumber(was.Files), date)
	case sameScheme(r.FileSystem, was.FileSystem) && r.FileSystem != was.FileSystem:
		return fmt.Sprintf("is on another file system than on %s (%s, then %s)", date, r.FileSystem, was.FileSystem)
	case was.Real == was.Path && r.Real != "" && r.Real != r.Path:
		// A link that was one before may lead to another folder each day.
		return fmt.Sprintf("leads by a link to %q, and was a folder itself on %s", r.Real, date)
	}
	for _, mount := range was.Mounts {
		if !slices.Contains(r.Mounts, mount) {
			return fmt.Sprintf("misses the file system that was mounted at %q on %s", mount, date)
		}
	}
	return ""
}

// sameScheme reports whether both identities are known in the same way: in a
// container a disk may go by its device, outside by its UUID.
func sameScheme(a, b string) bool {
	return a != "" && b != "" && strings.HasPrefix(a, "uuid:") == strings.HasPrefix(b, "uuid:")
}

// passing are kinds of file systems that come and go below a root by themselves.
var passing = []string{"overlay:", "squashfs:", "tmpfs:", "autofs:", "nsfs:"}

func isPassing(fileSystem string) bool {
	return slices.ContainsFunc(passing, func(kind string) bool { return strings.HasPrefix(fileSystem, kind) })
}

func fileNumber(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// describe puts into the plan what the roots are, for later runs to compare with.
func (roots openedRoots) describe(plan *Plan, spec Spec) {
	for i, root := range roots {
		plan.rootInfos = append(plan.rootInfos, root.folder.Info())
		tree := plan.Tree(i)
		tree.Real = root.real
		if mount, err := localfs.MountOf(root.real); err == nil {
			tree.FileSystem = mount.FileSystem
		}
		if spec.OneFileSystem {
			continue // what is mounted below is no part of the job
		}
		tree.Mounts = mountedAt(root.real)
	}
}

// mountedAt returns the paths below a root at which something is mounted that does
// not come and go by itself.
func mountedAt(root string) []string {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	mounts, err := localfs.MountsBelow(root)
	if err != nil {
		return nil
	}
	var paths []string
	for _, mount := range mounts {
		if rel, err := filepath.Rel(root, mount.Point); err == nil && !isPassing(mount.FileSystem) {
			paths = append(paths, filepath.ToSlash(rel))
		}
	}
	return paths
}
