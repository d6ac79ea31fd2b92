package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/exit"
)

// Args makes what an arguments' check has to say a mistake on the command line.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return AsUsage(cmd, check(cmd, args)) }
}

// AsUsage makes err, unless it is nil, a mistake on the command line, and says where to
// look.
func AsUsage(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return exit.Usage(fmt.Errorf("%w\n  See: %s --help", err, cmd.CommandPath()))
}
