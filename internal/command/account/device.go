package account

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
)

// NewDeviceCommand returns the command whose subcommand add creates a device.
func NewDeviceCommand(a *app.App) *cobra.Command {
	device := &cobra.Command{
		Use:   "device",
		Short: "The account's devices",
		Args:  app.Args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &cobra.Command{
		Use:     "add NAME",
		Short:   "Create a device to back up to",
		Example: "  jottarun device add mybox",
		Args:    app.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cfg, err := a.LoadConfig()
			if err != nil {
				return err
			}
			cloud, err := access.Open(a, cfg)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, cloud.Close()) }()
			if err := cloud.CreateDevice(cmd.Context(), args[0]); err != nil {
				return err
			}
			return a.Did(report.Result{Device: args[0]}, fmt.Sprintf("device %q is there", args[0]))
		},
	}
	a.AddResultFlag(add)
	device.AddCommand(add)
	return device
}
