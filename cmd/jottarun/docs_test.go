package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/internal/app"
)

// The reference has every command and every flag, and the README every command.
func TestDocsKnowEveryCommand(t *testing.T) {
	t.Parallel()
	reference := read(t, "../../docs/commands.md")
	readme := read(t, "../../README.md")
	root := newRootCommand(&app.App{Out: io.Discard, Err: io.Discard})
	root.InitDefaultHelpFlag()
	walkCommands(root, func(cmd *cobra.Command) {
		if cmd != root && !strings.Contains(reference, cmd.CommandPath()) && cmd.Name() != "run" {
			t.Errorf("docs/commands.md does not name %q", cmd.CommandPath())
		}
		if cmd != root && cmd.Parent() == root && !strings.Contains(readme, cmd.Name()) {
			t.Errorf("README.md does not name %q", cmd.Name())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(reference, "`--"+f.Name) {
				t.Errorf("docs/commands.md does not name --%s of %q", f.Name, cmd.CommandPath())
			}
		})
		if cmd.Runnable() && cmd.Example == "" && !cmd.HasSubCommands() {
			t.Errorf("%q has no example", cmd.CommandPath())
		}
	})
}

// Every exit code is in the help and in the reference.
func TestDocsKnowEveryExitCode(t *testing.T) {
	t.Parallel()
	reference := read(t, "../../docs/exit-codes.md")
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "10", "11", "13", "64", "70", "75", "78", "130, 143"} {
		if !strings.Contains(reference, "\n| "+code+" |") {
			t.Errorf("docs/exit-codes.md does not have %s", code)
		}
		if !strings.Contains(rootHelp, " "+strings.ReplaceAll(code, ", ", "/")+" ") {
			t.Errorf("the help does not have %s", code)
		}
	}
}

func walkCommands(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		walkCommands(sub, visit)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	check(t, err)
	return string(content)
}
