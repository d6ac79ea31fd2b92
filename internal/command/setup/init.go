// Package setup holds the commands that help to set jottarun up, and work without an
// account: init, validate, schema, man, version and the emulator.
package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
)

// NewInitCommand returns the command that writes a jobs file to start from, over no other file.
func NewInitCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "init [file]",
		Short:   "Write a commented jobs file to start from",
		Example: "  jottarun init jobs.yaml",
		Args:    app.Args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			path := "jobs.yaml"
			named := append(a.ConfigPaths, args...)
			if len(named) > 1 {
				return exit.Usage(errors.New("one jobs file is enough to start with"))
			}
			if len(named) == 1 {
				path = named[0]
			}
			if err := writeStarter(path); err != nil {
				return err
			}
			return a.Did(report.Result{File: path}, fmt.Sprintf("wrote %s; edit it, then run: jottarun plan -c %s", path, path))
		},
	}
	a.AddResultFlag(cmd)
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
