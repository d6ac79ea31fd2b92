package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newDeviceCommand(a *app) *cobra.Command {
	device := &cobra.Command{
		Use:   "device",
		Short: "The account's devices",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	device.AddCommand(&cobra.Command{
		Use:     "add NAME",
		Short:   "Create a device to back up to",
		Example: "  jottarun device add mybox",
		Args:    oneArg,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			cloud, err := a.openCloud(cfg)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, cloud.Close()) }()
			if err := cloud.CreateDevice(cmd.Context(), args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "device %q is there\n", args[0])
			return err
		},
	})
	return device
}
