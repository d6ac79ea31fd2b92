package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
)

func newInitCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "init [file]",
		Short:   "Write a commented jobs file to start from",
		Example: "  jottarun init jobs.yaml",
		Args:    func(cmd *cobra.Command, args []string) error { return asUsage(cmd, cobra.MaximumNArgs(1)(cmd, args)) },
		RunE: func(_ *cobra.Command, args []string) error {
			path := "jobs.yaml"
			named := append(a.configPaths, args...)
			if len(named) > 1 {
				return exit.Usage(errors.New("one jobs file is enough to start with"))
			}
			if len(named) == 1 {
				path = named[0]
			}
			if err := writeStarter(path); err != nil {
				return err
			}
			return a.did(report.Result{File: path}, fmt.Sprintf("wrote %s; edit it, then run: jottarun plan -c %s", path, path))
		},
	}
	addJSONFlag(cmd, &a.json)
	return cmd
}

// writeStarter writes the starting file, and never over another one.
func writeStarter(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return exit.Usage(fmt.Errorf("write %q: it exists already and is left as it is", path))
	}
	if err != nil {
		return fmt.Errorf("write jobs file: %w", err)
	}
	_, err = file.Write(config.Starter())
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write jobs file: %w", err)
	}
	return nil
}
