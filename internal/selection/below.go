package selection

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/planner"
)

// Below returns the path below a job's target that a file is meant by on the command line:
// by that path, or by the one that it has here.
func Below(job *config.Job, file string) string {
	for _, root := range job.Roots {
		rel, err := filepath.Rel(root.Path, file)
		if err == nil && filepath.IsAbs(file) && filepath.IsLocal(rel) {
			return path.Join(root.As, filepath.ToSlash(rel))
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(file, "./"), "/")
}

// Spellings returns the paths below a job's target that a file may have in the cloud: first
// the one that it is meant by, then those with a mark, where the job gives marks to names
// that are one to the service.
func Spellings(job *config.Job, below string) []string {
	if job.Collisions != config.CollisionsRename {
		return []string{below}
	}
	return planner.Spellings(below)
}
