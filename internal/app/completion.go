package app

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
)

// CompleteJobs lets shells complete the jobs of the jobs file that are not named yet.
func (a *App) CompleteJobs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, job := range a.jobsForCompletion() {
		if !slices.Contains(args, job.Name) {
			names = append(names, cobra.CompletionWithDesc(job.Name, job.Target))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// CompleteFirstJob is CompleteJobs for commands whose first argument alone is a job.
func (a *App) CompleteFirstJob(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.CompleteJobs(cmd, args, typed)
}

// jobsForCompletion says nothing where there is no jobs file, or a wrong one: a shell is
// no place to be told.
func (a *App) jobsForCompletion() []config.Job {
	a.Quiet = true
	slices.Sort(a.ConfigPaths) // cobra has parsed the flags twice
	a.ConfigPaths = slices.Compact(a.ConfigPaths)
	cfg, err := a.LoadConfig()
	if err != nil {
		return nil
	}
	return cfg.Jobs
}

// CompleteFlag lets shells complete the words that a flag may be.
func CompleteFlag(cmd *cobra.Command, flag string, words ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
