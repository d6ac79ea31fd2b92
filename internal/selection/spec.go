// Package selection says in the planner's terms what the jobs file selects. Nowhere else are
// a job's keys turned into what the planner does.
package selection

import (
	"fmt"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Spec is what a job of the file wants. Extra are patterns from the command line, which
// come after all others.
func Spec(job *config.Job, extra []string) (planner.Spec, error) {
	target, err := jotta.ParsePath(job.Target)
	if err != nil {
		return planner.Spec{}, exit.Config(fmt.Errorf("job %q: target: %w", job.Name, err))
	}
	spec := planner.Spec{
		Job: job.Name, Target: target,
		ExcludeIfPresent: job.ExcludeIfPresent,
		IgnoreFile:       job.IgnoreFile,
		ExcludeLarger:    job.ExcludeLargerThan,
		FollowLinks:      job.Symlinks == config.SymlinksFollow,
		FollowInto:       job.FollowInto,
		OneFileSystem:    job.OneFileSystem,
		UpdateTimes:      job.UpdateTimes,
		RenameTwins:      job.Collisions == config.CollisionsRename,
		Prune: planner.Prune{
			Mode: planner.PruneMode(job.Prune), Excluded: job.PruneExcluded, Max: planner.Limit(job.MaxPrune),
		},
		Require: planner.Require(job.Require),
		Rehash:  job.Rehash, Metadata: job.Metadata,
	}
	for _, root := range job.Roots {
		rules, err := newRules(job, root, extra)
		if err != nil {
			return planner.Spec{}, err
		}
		spec.Roots = append(spec.Roots, planner.RootSpec{Root: planner.Root{Path: root.Path, As: root.As}, Rules: rules})
	}
	return spec, nil
}

func newRules(job *config.Job, root config.Root, extra []string) (*planner.Rules, error) {
	var patterns []planner.Rule
	for _, list := range [][]config.Pattern{job.Exclude, root.Exclude} {
		for _, p := range list {
			patterns = append(patterns, planner.Rule{Pattern: p.Text, Source: p.Source})
		}
	}
	for _, text := range extra {
		patterns = append(patterns, planner.Rule{Pattern: text, Source: "--exclude"})
	}
	rules, err := planner.NewRules(patterns)
	if err != nil {
		return nil, exit.Usage(err) // those of the file have been checked
	}
	return rules, nil
}

// OwnFolders are the folders that jottarun itself keeps on this machine: no job has them.
func OwnFolders(cfg *config.Config, stateDir string) []string {
	own := []string{stateDir}
	if cfg.Account.Directory != "" {
		own = append(own, cfg.Account.Directory)
	}
	return own
}
