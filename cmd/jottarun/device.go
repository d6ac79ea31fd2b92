package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/report"
)

func newDeviceCommand(a *app) *cobra.Command {
	device := &cobra.Command{
		Use:   "device",
		Short: "The account's devices",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &cobra.Command{
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
			return a.did(report.Result{Device: args[0]}, fmt.Sprintf("device %q is there", args[0]))
		},
	}
	addJSONFlag(add, &a.json)
	device.AddCommand(add)
	return device
}
