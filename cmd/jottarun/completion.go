package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/report"
)

// addCompletions lets shells complete what only the jobs file or the program knows.
func (a *app) addCompletions(root *cobra.Command) {
	jobs := map[string]cobra.CompletionFunc{
		"run": a.completeJobs, "plan": a.completeJobs, "status": a.completeJobs, "verify": a.completeJobs,
		"history": a.completeFirstJob, "restore": a.completeFirstJob, "cat": a.completeFirstJob, "versions": a.completeFirstJob, "ls": a.completeFirstJob,
	}
	root.ValidArgsFunction = a.completeJobs
	for _, cmd := range root.Commands() {
		if complete, found := jobs[cmd.Name()]; found {
			cmd.ValidArgsFunction = complete
		}
	}
	words := map[string][]string{"of": append([]string{"jobs"}, report.Documents()...), "service": brandNames(), "log-format": {"text", "json"}}
	for _, cmd := range append(root.Commands(), root) {
		for flag, choice := range words {
			if cmd.Flags().Lookup(flag) != nil || cmd.PersistentFlags().Lookup(flag) != nil {
				_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(choice, cobra.ShellCompDirectiveNoFileComp))
			}
		}
	}
}

// completeJobs offers the jobs that have not been named yet.
func (a *app) completeJobs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	named := map[string]bool{}
	for _, name := range args {
		named[name] = true
	}
	var names []string
	for _, job := range a.jobsForCompletion() {
		if !named[job.Name] {
			names = append(names, cobra.CompletionWithDesc(job.Name, job.Target))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeFirstJob(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeJobs(cmd, args, typed)
}

// jobsForCompletion says nothing where there is no jobs file, or a wrong one: a shell is
// no place to be told.
func (a *app) jobsForCompletion() []config.Job {
	a.quiet = true
	slices.Sort(a.configPaths) // cobra has parsed the flags twice
	a.configPaths = slices.Compact(a.configPaths)
	cfg, err := a.loadConfig()
	if err != nil {
		return nil
	}
	return cfg.Jobs
}
