package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
)

func newInitCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "init [file]",
		Short:   "Write a commented jobs file to start from",
		Example: "  jottarun init jobs.yaml",
		Args:    func(cmd *cobra.Command, args []string) error { return asUsage(cmd, cobra.MaximumNArgs(1)(cmd, args)) },
		RunE: func(_ *cobra.Command, args []string) error {
			path := "jobs.yaml"
			named := append(a.configPaths, args...)
			if len(named) > 1 {
				return usageError{errors.New("one jobs file is enough to start with")}
			}
			if len(named) == 1 {
				path = named[0]
			}
			return a.writeStarter(path)
		},
	}
}

// writeStarter writes the starting file, and never over another one.
func (a *app) writeStarter(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("write %q: it exists already and is left as it is", path)}
	}
	if err != nil {
		return fmt.Errorf("write jobs file: %w", err)
	}
	_, err = file.Write(config.Starter())
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write jobs file: %w", err)
	}
	fmt.Fprintf(a.out, "wrote %s; edit it, then run: jottarun plan -c %s\n", path, path)
	return nil
}
