package planner

import (
	"fmt"
	"slices"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// isReserved reports whether a name right below the target belongs to jottarun itself.
func isReserved(folder, name string) bool {
	return folder == "" && isReservedPath(name)
}

// dropReserved leaves jottarun's own things in the cloud out of a comparison: they are
// no files of the job's.
func (d *folderDiff) dropReserved(path string) {
	d.cloudFiles = slices.DeleteFunc(d.cloudFiles, func(f jotta.RemoteFile) bool { return isReserved(path, f.Name) })
	d.cloudFolders = slices.DeleteFunc(d.cloudFolders, func(f jotta.Folder) bool { return isReserved(path, f.Name()) })
}

// reserved is the problem of something here that would go where jottarun keeps its own.
func (f *scanned) reserved(e entry) *absence {
	reason := fmt.Sprintf("%s in the target is jottarun's own: not uploaded", jotta.ReservedFolder)
	if e.info.Kind != localfs.KindFile && e.info.Kind != localfs.KindFolder {
		return f.note(f.pathOf(e), reason)
	}
	return f.problem(Problem{Path: f.pathOf(e), Reason: reason, Files: fileCount(e)})
}

// checkReserved refuses roots whose place in the target is jottarun's own.
func (roots openedRoots) checkReserved() []Refusal {
	var refusals []Refusal
	for _, root := range roots {
		if isReserved("", root.As) {
			reason := fmt.Sprintf("would go into %s in the target, which is jottarun's own; give it another name with \"as\"", jotta.ReservedFolder)
			refusals = append(refusals, Refusal{Root: root.Path, Reason: reason})
		}
	}
	return refusals
}
