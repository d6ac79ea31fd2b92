package setup

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
)

// NewSchemaCommand returns the command that prints the schemas of what jottarun reads and prints.
func NewSchemaCommand(a *app.App) *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the jobs file, or of what --json prints",
		Example: "  jottarun schema > jobs.schema.json\n  jottarun schema --of plan",
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return schema(a, of) },
	}
	cmd.Flags().StringVar(&of, "of", "jobs", "jobs, or a document: "+strings.Join(report.Documents(), ", "))
	app.CompleteFlag(cmd, "of", append([]string{"jobs"}, report.Documents()...)...)
	return cmd
}

func schema(a *app.App, of string) error {
	text := config.Schema()
	if of != "jobs" {
		var err error
		if text, err = report.Schema(of); err != nil {
			return exit.Usage(fmt.Errorf("--of: %w; there are jobs, %s", err, strings.Join(report.Documents(), ", ")))
		}
	}
	_, err := a.Out.Write(text)
	return err
}
