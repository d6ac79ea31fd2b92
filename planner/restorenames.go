package planner

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// localNames finds what is in a folder here by the names of the cloud.
type localNames struct {
	entries []localfs.Entry           // in the order of names
	byFold  map[string]*localfs.Entry // made when an exact match first fails
	drafts  []localfs.Entry           // what killed restores have left
}

func newLocalNames(folder *localfs.Folder) (*localNames, error) {
	names := &localNames{}
	if folder == nil {
		return names, nil
	}
	entries, err := folder.Entries()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if isDraft(e.Name) && e.Err == nil && e.Info.Kind == localfs.KindFile {
			names.drafts = append(names.drafts, e)
		} else {
			names.entries = append(names.entries, e)
		}
	}
	return names, nil
}

// find returns what has a name here or, unless exactly that is meant, one that is the
// same to the service.
func (n *localNames) find(name cloudName) (localfs.Entry, bool) {
	i, found := slices.BinarySearchFunc(n.entries, name.here, func(e localfs.Entry, name string) int { return strings.Compare(e.Name, name) })
	if found {
		return n.entries[i], true
	}
	if name.exact || len(n.entries) == 0 {
		return localfs.Entry{}, false
	}
	if n.byFold == nil {
		n.byFold = make(map[string]*localfs.Entry, len(n.entries))
		for i := range n.entries {
			if isStored(n.entries[i]) {
				n.byFold[jotta.FoldName(n.entries[i].Name)] = &n.entries[i]
			}
		}
	}
	if e, found := n.byFold[jotta.FoldName(name.here)]; found {
		return *e, true
	}
	return localfs.Entry{}, false
}

// isStored reports whether the cloud may have something under another case of an entry's
// name. A link or a fifo is not in the cloud, and in the way of its very name only.
func isStored(e localfs.Entry) bool {
	return e.Err != nil || e.Info.Kind == localfs.KindFile || e.Info.Kind == localfs.KindFolder
}

// cloudNames are those in one folder of the cloud.
type cloudNames struct {
	folds   map[string]int // how many names are the same to the service
	taken   map[string]bool
	renamed bool // some have the suffix of a twin
}

// cloudName is a name of the cloud and what it stands for here.
type cloudName struct {
	there, here string
	exact       bool   // no other case of it will do
	unfit       string // why nothing here can have it
}

func newCloudNames(there jotta.Folder, renamed bool) cloudNames {
	total := there.NumFiles() + there.NumFolders()
	names := cloudNames{folds: make(map[string]int, total), renamed: renamed}
	if renamed {
		names.taken = make(map[string]bool, total)
	}
	add := func(name string) {
		names.folds[jotta.FoldName(name)]++
		if renamed {
			names.taken[name] = true
		}
	}
	for i := range there.NumFiles() {
		add(there.File(i).Name)
	}
	for i := range there.NumFolders() {
		add(there.Folder(i).Name())
	}
	return names
}

func (c cloudNames) look(name string) cloudName {
	n := cloudName{there: name, here: name}
	if original, ok := originalName(name); c.renamed && ok && !c.taken[original] {
		n.here, n.exact = original, true
	}
	switch err := localfs.CheckName(n.here); {
	case err != nil:
		n.unfit = err.Error()
	case isDraft(n.here):
		n.unfit = "its name is one of jottarun's own for files that are not whole"
	case c.folds[jotta.FoldName(name)] > 1:
		n.unfit = "the same name to JottaCloud as another beside it; neither is brought back"
	}
	return n
}

// originalName undoes twinName.
func originalName(name string) (string, bool) {
	const hexLength = 8
	i := strings.LastIndexByte(name, '~')
	if i < 0 || len(name) < i+1+hexLength {
		return "", false
	}
	if _, err := hex.DecodeString(name[i+1 : i+1+hexLength]); err != nil {
		return "", false
	}
	original := name[:i] + name[i+1+hexLength:]
	return original, original != "" && twinName(original) == name
}
