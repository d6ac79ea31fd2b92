package main

import (
	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
)

func newSchemaCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the jobs file",
		Example: "  jottarun schema > jobs.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(config.Schema())
			return err
		},
	}
}
