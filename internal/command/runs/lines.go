package runs

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
)

// inJSON has the run write JSON lines, if that is asked for. Whatever comes of it, the
// last of them has its exit code.
func inJSON(a *app.App, o *runOptions, run func() error) error {
	if !o.json {
		return run()
	}
	o.stream = report.NewStream(a.Out, app.Version(), a.Now)
	err := run()
	if printErr := o.stream.End(exit.Code(err), err); printErr != nil {
		return errors.Join(err, fmt.Errorf("print the verdict: %w", printErr))
	}
	return err
}

// inLines marks the commands whose --json means JSON lines.
const inLines = "json lines"

// EndUnbegun writes the JSON lines of a run that mistakes on the command line kept from
// beginning. Flags behind a wrong one were not read: the arguments tell that they are there.
func EndUnbegun(a *app.App, cmd *cobra.Command, args []string, cause error) error {
	asked, _ := cmd.Flags().GetBool("json")
	dry, _ := cmd.Flags().GetBool("dry-run")
	if cause == nil || a.Begun || dry || cmd.Annotations[inLines] == "" || !asked && !slices.Contains(args, "--json") {
		return nil
	}
	return report.NewStream(a.Out, app.Version(), a.Now).End(exit.Code(cause), cause)
}
