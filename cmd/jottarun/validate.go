package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidateCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "validate",
		Short:   "Check the jobs file",
		Example: "  jottarun validate -c jobs.yaml",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			jobs := "jobs"
			if len(cfg.Jobs) == 1 {
				jobs = "job"
			}
			fmt.Fprintf(a.out, "%s is valid: %d %s\n", cfg.Path, len(cfg.Jobs), jobs)
			return nil
		},
	}
}
