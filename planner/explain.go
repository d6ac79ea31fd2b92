package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// Explanation says whether a path is part of a job's backup and what decides it.
type Explanation struct {
	Root     RootSpec
	Rel      string // below the root; "" is the root itself
	Selected bool
	Decider  Rule   // the rule that decides; zero where none matches
	Reason   string // what decides where it is no rule
	At       string // the path that the rule or reason is about: Rel or a folder above it
}

// Explain finds the root that an absolute path lies in and follows the path down
// from there as a run would. It is false where the path lies in no root of the
// job. What does not exist is judged by its name alone.
func Explain(spec Spec, path string) (Explanation, bool) {
	for _, root := range spec.Roots {
		rel, err := filepath.Rel(root.Path, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		if rel == "." {
			rel = ""
		}
		return explainIn(spec, root, filepath.ToSlash(rel)), true
	}
	return Explanation{}, false
}

func explainIn(spec Spec, root RootSpec, rel string) Explanation {
	x := Explanation{Root: root, Rel: rel, Selected: true}
	tree, err := localfs.OpenTree(root.Path)
	if err == nil {
		defer tree.Close()
	}
	if x.Reason = explainState(spec, tree, "", localfs.Info{}, localfs.KindFolder); x.Reason != "" {
		x.Selected = false
		return x
	}
	in := scope{path: root.As, rules: root.Rules}
	if !x.readIgnoreFile(spec, tree, &in) {
		return x
	}
	verdict := undecided
	for end := 0; rel != "" && end < len(rel); {
		end = nextSlash(rel, end)
		at := rel[:end]
		info, kind := look(tree, at, end < len(rel))
		verdict = in.rules.Decide(at, kind == localfs.KindFolder, verdict)
		if rule, ok := in.rules.Deciding(verdict); ok && rule != x.Decider {
			x.Decider, x.At = rule, at
		}
		x.Selected = !in.rules.Excluded(verdict)
		reason := explainState(spec, tree, at, info, kind)
		if x.Selected && root.As == "" && isReservedPath(at) {
			reason = jotta.ReservedFolder + " in the target is jottarun's own"
		}
		if reason != "" {
			x.Selected, x.Reason, x.At, x.Decider = false, reason, at, Rule{}
			return x
		}
		if !x.Selected && !in.rules.Reaches(at, verdict) {
			return x
		}
		in.path, in.pattern = join(root.As, at), at
		if kind == localfs.KindFolder && !x.readIgnoreFile(spec, tree, &in) {
			return x
		}
	}
	return x
}

// readIgnoreFile takes over the rules that a folder holds, if it does. It reports whether
// they let something in the folder be backed up at all.
func (x *Explanation) readIgnoreFile(spec Spec, tree *localfs.Tree, in *scope) bool {
	if spec.IgnoreFile == "" || tree == nil {
		return true
	}
	folder, err := tree.OpenFolder(in.pattern)
	if err != nil {
		return true // what is said of the folder is said of its name
	}
	defer folder.Close()
	if _, err := folder.Lstat(spec.IgnoreFile); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	rules, err := in.rulesWith(folder, spec.IgnoreFile)
	if err != nil {
		x.Selected, x.At, x.Decider = false, in.pattern, Rule{}
		x.Reason = fmt.Sprintf("the patterns in %s cannot be used: %v", join(in.path, spec.IgnoreFile), err)
		return false
	}
	in.rules = rules
	return true
}

// look describes what is at a path below a tree; what does not exist is taken
// for a folder where the path goes on below it, else for a file.
func look(tree *localfs.Tree, rel string, goesOn bool) (localfs.Info, localfs.Kind) {
	if tree != nil {
		if info, err := tree.Lstat(rel); err == nil {
			return info, info.Kind
		}
	}
	if goesOn {
		return localfs.Info{}, localfs.KindFolder
	}
	return localfs.Info{}, localfs.KindFile
}

// explainState says what but a rule leaves a path out, or "".
func explainState(spec Spec, tree *localfs.Tree, rel string, info localfs.Info, kind localfs.Kind) string {
	switch {
	case kind == localfs.KindFolder && slices.ContainsFunc(ownFolders(spec.Own), info.SameFile):
		return "a folder of jottarun's own"
	case kind == localfs.KindSpecial:
		return "not a regular file"
	case kind == localfs.KindLink && !spec.FollowLinks:
		return "a symbolic link (symlinks: skip)"
	case kind == localfs.KindFile && spec.ExcludeLarger > 0 && info.Size > spec.ExcludeLarger:
		return "larger than exclude_larger_than"
	case kind == localfs.KindFolder && tree != nil:
		return explainMarker(spec, tree, rel)
	}
	return ""
}

func explainMarker(spec Spec, tree *localfs.Tree, rel string) string {
	for _, marker := range spec.ExcludeIfPresent {
		if info, err := tree.Lstat(join(rel, marker)); err == nil && info.Kind != localfs.KindFolder {
			return "the folder holds " + marker + " (exclude_if_present)"
		}
	}
	return ""
}

// nextSlash returns the end of the path's next segment behind from.
func nextSlash(rel string, from int) int {
	if from > 0 {
		from++
	}
	if i := strings.IndexByte(rel[from:], '/'); i >= 0 {
		return from + i
	}
	return len(rel)
}
