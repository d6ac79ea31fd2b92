package planner

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/jotta"
)

// groupTwins yields the entries by groups whose names are one to the service, in the
// order of the first of each. Most are alone, and cost nothing then.
func groupTwins(here []entry) iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		others := twinsOf(here)
		for i, e := range here {
			group := here[i : i+1 : i+1]
			if twins, found := others[jotta.FoldName(e.cloudName())]; found {
				if twins[0] != i {
					continue
				}
				group = pick(here, twins)
			}
			if !yield(group) {
				return
			}
		}
	}
}

// twinsOf returns the places of entries that share a folded name with others.
func twinsOf(here []entry) map[string][]int {
	changed := map[string]bool{} // folded names that are not those of their entries
	for _, e := range here {
		if fold := jotta.FoldName(e.cloudName()); fold != e.cloudName() {
			changed[fold] = true
		}
	}
	if len(changed) == 0 {
		return nil
	}
	groups := map[string][]int{}
	for i, e := range here {
		if fold := jotta.FoldName(e.cloudName()); changed[fold] {
			groups[fold] = append(groups[fold], i)
		}
	}
	maps.DeleteFunc(groups, func(_ string, group []int) bool { return len(group) == 1 })
	return groups
}

func pick(here []entry, places []int) []entry {
	group := make([]entry, len(places))
	for i, place := range places {
		group[i] = here[place]
	}
	return group
}

func twins(group []entry) nameProblem {
	p := nameProblem{reason: "the same name to JottaCloud; neither is uploaded"}
	if len(group) > 2 {
		p.reason = "the same name to JottaCloud; none is uploaded"
	}
	for _, e := range group {
		p.names = append(p.names, e.name)
		if !e.folder() {
			p.files++
		}
	}
	return p
}

// renameTwins gives entries whose names are one to the service each a name of its
// own, which depends on nothing but the entry's name, and notes it. The names that
// they share belong to none of them.
func renameTwins(f *scanned, here []entry) []entry {
	var renamed []entry
	for group := range groupTwins(here) {
		if len(group) == 1 {
			renamed = append(renamed, group[0])
			continue
		}
		for _, e := range group {
			e.renamed = twinName(e.name)
			f.left.add(e.name, absence{present, "in the cloud, under a name that several files share here"})
			at := RelPath(join(f.path, e.name))
			if err := jotta.CheckName(e.renamed); err != nil {
				f.problem(Problem{Path: at, Reason: err.Error(), Files: fileCount(e)})
				continue
			}
			f.note(at, fmt.Sprintf("kept in the cloud as %q: to JottaCloud its name is that of another here", e.renamed))
			renamed = append(renamed, e)
		}
	}
	// The order of the walk says which of several links to a folder is the first.
	slices.SortFunc(renamed, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return renamed
}

// twinName marks a name with a checksum of it, in front of its extension.
func twinName(name string) string {
	sum := md5.Sum([]byte(name))
	extension := path.Ext(name)
	if extension == name {
		extension = "" // a hidden file, not an extension alone
	}
	return strings.TrimSuffix(name, extension) + "~" + hex.EncodeToString(sum[:4]) + extension
}

// maxSpellings is enough for five names in a path that are all twins, and for any one of
// thirty.
const maxSpellings = 32

// Spellings returns the paths that may stand in the cloud for one, where each of its names
// may have got the mark of a twin: first the path itself, then those with the fewest marks.
func Spellings(path string) []string { return spell(path, isName) }

// patternSpellings does the same for a pattern, of which some names may stand for many.
func patternSpellings(pattern string) []string { return spell(pattern, isLiteral) }

func spell(path string, mayBeTwin func(name string) bool) []string {
	type spelling struct {
		names  []string
		before int // this one none is marked
	}
	names := strings.Split(path, "/")
	found := []spelling{{names, len(names)}}
	for next := 0; next < len(found); next++ {
		s := found[next]
		for i := s.before - 1; i >= 0 && len(found) < maxSpellings; i-- {
			if mayBeTwin(s.names[i]) {
				marked := slices.Clone(s.names)
				marked[i] = twinName(marked[i])
				found = append(found, spelling{marked, i})
			}
		}
	}
	spelled := make([]string, len(found))
	for i, s := range found {
		spelled[i] = strings.Join(s.names, "/")
	}
	return spelled
}

func isName(name string) bool { return name != "" && name != "." && name != ".." }

func isLiteral(name string) bool { return isName(name) && !strings.ContainsAny(name, `*?[]{}\`) }
