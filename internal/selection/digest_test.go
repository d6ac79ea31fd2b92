package selection

import (
	"reflect"
	"testing"

	"github.com/jottarun/jottarun/config"
)

// A key of a job that decides which files it holds makes another selection, and each other
// key does not. The test wants to know of every key which it is.
func TestDigestKnowsEveryKey(t *testing.T) {
	t.Parallel()
	decides := map[string]func(*config.Job){
		"Roots":             func(j *config.Job) { j.Roots = []config.Root{{Path: "/home", As: "home"}} },
		"Target":            func(j *config.Job) { j.Target = "/mybox/backup/other" },
		"Exclude":           func(j *config.Job) { j.Exclude = []config.Pattern{{Text: "*.tmp"}} },
		"ExcludeIfPresent":  func(j *config.Job) { j.ExcludeIfPresent = []string{".nobackup"} },
		"IgnoreFile":        func(j *config.Job) { j.IgnoreFile = ".ignore" },
		"ExcludeLargerThan": func(j *config.Job) { j.ExcludeLargerThan = 1 },
		"Symlinks":          func(j *config.Job) { j.Symlinks = config.SymlinksFollow },
		"FollowInto":        func(j *config.Job) { j.FollowInto = []string{"/data"} },
		"OneFileSystem":     func(j *config.Job) { j.OneFileSystem = true },
		"Collisions":        func(j *config.Job) { j.Collisions = config.CollisionsRename },
		"Metadata":          func(j *config.Job) { j.Metadata = true },
	}
	other := map[string]func(*config.Job){
		"Name":          func(j *config.Job) { j.Name = "other" },
		"Prune":         func(j *config.Job) { j.Prune = config.PruneTrash },
		"PruneExcluded": func(j *config.Job) { j.PruneExcluded = true },
		"MaxPrune":      func(j *config.Job) { j.MaxPrune = config.Limit{Files: 7} },
		"Require":       func(j *config.Job) { j.Require = config.Require{Mounted: true} },
		"Rehash":        func(j *config.Job) { j.Rehash = 0.5 },
		"UpdateTimes":   func(j *config.Job) { j.UpdateTimes = true },
	}
	plain := func() *config.Job {
		return &config.Job{Name: "home", Target: "/mybox/backup/home", Roots: []config.Root{{Path: "/home"}}}
	}
	seen := map[string]string{Digest(plain()): "the plain job"}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[config.Job]()) {
		job := plain()
		if set := other[field.Name]; set != nil {
			if set(job); Digest(job) != Digest(plain()) {
				t.Errorf("with another %s the files are the same, and the digest is not", field.Name)
			}
			continue
		}
		set := decides[field.Name]
		if set == nil {
			t.Errorf("does %s decide which files a job holds?", field.Name)
			continue
		}
		set(job)
		if same, found := seen[Digest(job)]; found {
			t.Errorf("with another %s the digest is that of %s", field.Name, same)
		}
		seen[Digest(job)] = "another " + field.Name
	}
}

// Where a pattern is written is no part of what it selects.
func TestDigestKnowsNoPlaces(t *testing.T) {
	t.Parallel()
	at := func(source string) *config.Job {
		return &config.Job{Exclude: []config.Pattern{{Text: "*.tmp", Source: source}}}
	}
	if Digest(at("jobs.yaml:3")) != Digest(at("more.yaml:7")) {
		t.Error("a pattern that is written elsewhere makes another digest")
	}
}
