package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
)

func newSchemaCommand(a *app) *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the jobs file, or of what --json prints",
		Example: "  jottarun schema > jobs.schema.json\n  jottarun schema --of plan",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.schema(of) },
	}
	cmd.Flags().StringVar(&of, "of", "jobs", "jobs, or a document: "+strings.Join(report.Documents(), ", "))
	return cmd
}

func (a *app) schema(of string) error {
	text := config.Schema()
	if of != "jobs" {
		var err error
		if text, err = report.Schema(of); err != nil {
			return exit.Usage(fmt.Errorf("--of: %w; there are jobs, %s", err, strings.Join(report.Documents(), ", ")))
		}
	}
	_, err := a.out.Write(text)
	return err
}
