package planner

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/jotta"
)

// groupTwins gathers entries whose names are one to the service, in the order of
// the first of each.
func groupTwins(here []entry) [][]entry {
	groups := make([][]entry, 0, len(here))
	byFold := make(map[string]int, len(here))
	for i, e := range here {
		fold := jotta.FoldName(e.cloudName())
		if g, ok := byFold[fold]; ok {
			groups[g] = append(slices.Clip(groups[g]), e)
			continue
		}
		byFold[fold] = len(groups)
		groups = append(groups, here[i:i+1:i+1])
	}
	return groups
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
func (w *walk) renameTwins(v *visit, here []entry) []entry {
	var renamed []entry
	for _, group := range groupTwins(here) {
		if len(group) == 1 {
			renamed = append(renamed, group[0])
			continue
		}
		for _, e := range group {
			e.renamed = twinName(e.name)
			v.left.add(e.name, absence{present, "in the cloud, under a name that several files share here"})
			at := RelPath(join(v.path, e.name))
			if err := jotta.CheckName(e.renamed); err != nil {
				w.problem(Problem{Path: at, Reason: err.Error(), Files: fileCount(e)})
				continue
			}
			w.note(at, fmt.Sprintf("kept in the cloud as %q: to JottaCloud its name is that of another here", e.renamed))
			renamed = append(renamed, e)
		}
	}
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
