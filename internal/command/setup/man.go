package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/internal/app"
)

// NewManCommand returns the command that writes the manual pages of all commands of its root.
func NewManCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "Write the manual pages",
		Long: `Writes a manual page for each command into a folder, as man(1) reads them; without
one, prints the first page.`,
		Example: "  jottarun man | man -l -\n  jottarun man ./man1",
		Args:    app.Args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprint(a.Out, manPage(cmd.Root()))
				return err
			}
			return writeManPages(cmd.Root(), args[0])
		},
	}
}

func writeManPages(cmd *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	var errs []error
	for _, page := range append(commandsBelow(cmd), cmd) {
		errs = append(errs, os.WriteFile(filepath.Join(folder, manName(page)+".1"), []byte(manPage(page)), 0o644))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	return nil
}

// commandsBelow are the commands that help tells of.
func commandsBelow(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			all = append(append(all, sub), commandsBelow(sub)...)
		}
	}
	return all
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the manual page of a command.
func manPage(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	var page strings.Builder
	section := func(title string) { fmt.Fprintf(&page, ".SH %s\n", title) }
	fmt.Fprintf(&page, ".TH %s 1 \"\" \"jottarun\" \"User Commands\"\n", strings.ToUpper(roff(manName(cmd))))
	section("NAME")
	fmt.Fprintf(&page, "%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	section("SYNOPSIS")
	fmt.Fprintf(&page, "\\fB%s\\fR\n", roff(cmd.UseLine()))
	section("DESCRIPTION")
	description := cmd.Long
	if description == "" {
		description = cmd.Short + "."
	}
	fmt.Fprintf(&page, ".nf\n%s\n.fi\n", roff(description))
	if subs := commandsBelow(cmd); len(subs) > 0 {
		section("COMMANDS")
		for _, sub := range subs {
			fmt.Fprintf(&page, ".TP\n\\fB%s\\fR(1)\n%s\n", roff(manName(sub)), roff(sub.Short))
		}
	}
	section("OPTIONS")
	flag := func(f *pflag.Flag) {
		if !f.Hidden {
			fmt.Fprintf(&page, ".TP\n%s\n%s\n", roffFlag(f), roff(f.Usage))
		}
	}
	cmd.NonInheritedFlags().VisitAll(flag)
	cmd.InheritedFlags().VisitAll(flag)
	if cmd.Example != "" {
		section("EXAMPLES")
		fmt.Fprintf(&page, ".nf\n%s\n.fi\n", roff(cmd.Example))
	}
	if cmd.HasParent() {
		section("SEE ALSO")
		fmt.Fprintf(&page, "\\fBjottarun\\fR(1), which has the exit codes\n")
	}
	return page.String()
}

func roffFlag(f *pflag.Flag) string {
	name := "\\fB\\-\\-" + roff(f.Name) + "\\fR"
	if f.Shorthand != "" {
		name = "\\fB\\-" + f.Shorthand + "\\fR, " + name
	}
	if f.Value.Type() != "bool" {
		name += " \\fI" + roff(f.Value.Type()) + "\\fR"
	}
	return name
}

// roff makes words stand for themselves in a manual page.
func roff(words string) string {
	words = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(words)
	lines := strings.Split(words, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
