package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/internal/exit"
)

const rootHelp = `jottarun keeps folders of a server in JottaCloud.

A YAML file declares jobs: local roots, a /device/backupdir/folder target, and
patterns to exclude. "jottarun plan" shows what would change, decided by MD5;
"jottarun" makes it so.

Exit codes:
  0   done, or nothing to do               11  job is locked by another run
  1   anything unforeseen                  13  over quota, or account write-locked
  2   plan --detailed-exitcode: pending    64  wrong flags or arguments
  3   some files are not protected         70  internal error
  4   a guard refused                      75  cloud or network unreachable
  5   saved plan is stale                  78  configuration invalid
  10  sign-in needed                  130/143  interrupted

Every flag can also be set in the environment: --no-color as JOTTARUN_NO_COLOR=true.`

// execute runs the command that args name and returns the exit code.
func execute(ctx context.Context, a *app, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !exit.WasTold(err) {
		a.explain(err)
	}
	code := exit.Code(err)
	if err := a.endUnbegun(cmd, args, err); err != nil {
		a.explain(err)
	}
	if err := a.endLog(code, err); err != nil {
		a.explain(err)
	}
	return code
}

func newRootCommand(a *app) *cobra.Command {
	apply := newRunCommand(a)
	root := &cobra.Command{
		Use:           "jottarun [job...]",
		Short:         "Keep folders of a server in JottaCloud",
		Long:          rootHelp,
		Example:       "  jottarun -c jobs.yaml          # plan and apply every job\n  jottarun plan pictures         # show what would change",
		Args:          cobra.ArbitraryArgs,
		Version:       version(),
		RunE:          func(cmd *cobra.Command, names []string) error { return orCommand(cmd, names, apply.RunE(cmd, names)) },
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   apply.Annotations,

		SuggestionsMinimumDistance: 2,
	}
	a.addFlags(root)
	root.Flags().AddFlagSet(apply.Flags())
	root.SetFlagErrorFunc(asUsage)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.flagsFromEnv(cmd.Flags()); err != nil {
			return err
		}
		err := a.openLog()
		a.begun = err == nil
		return err
	}
	root.AddCommand(apply, newPlanCommand(a), newApplyCommand(a), newShowCommand(a), newRestoreCommand(a), newVerifyCommand(a), newStatusCommand(a), newHistoryCommand(a), newLsCommand(a), newCatCommand(a), newVersionsCommand(a), newValidateCommand(a), newExplainCommand(a), newSchemaCommand(a),
		newInitCommand(a), newLoginCommand(a), newLogoutCommand(a), newWhoamiCommand(a), newDeviceCommand(a), newEmulatorCommand(a), newManCommand(a), newVersionCommand(a))
	a.addCompletions(root)
	return root
}

// flagsFromEnv gives flags that are not on the command line the value of their
// variable: JOTTARUN_ and the flag's name.
func (a *app) flagsFromEnv(flags *pflag.FlagSet) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "JOTTARUN_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := a.lookup(name)
		if !set || value == "" || f.Changed || f.Name == "config" || f.Name == "help" {
			return // the jobs file is found by config.Discover
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, exit.Usage(err))
		}
	})
	return errors.Join(errs...)
}

// orCommand adds to the error about an unknown job the command that may have been
// meant.
func orCommand(root *cobra.Command, names []string, err error) error {
	if exit.Code(err) != exit.CodeUsage || len(names) == 0 {
		return err
	}
	if meant := nearest(names[0], root.SuggestionsFor(names[0])); meant != "" {
		return exit.Usage(fmt.Errorf("%w; did you mean the command %q?", err, meant))
	}
	return err
}

// nearest returns the word that begins most like what was typed.
func nearest(typed string, words []string) string {
	best, most := "", -1
	for _, word := range words {
		n := 0
		for n < min(len(word), len(typed)) && word[n] == typed[n] {
			n++
		}
		if n > most {
			best, most = word, n
		}
	}
	return best
}

func noArgs(cmd *cobra.Command, args []string) error { return asUsage(cmd, cobra.NoArgs(cmd, args)) }

func oneArg(cmd *cobra.Command, args []string) error {
	return asUsage(cmd, cobra.ExactArgs(1)(cmd, args))
}

// asUsage makes err a mistake on the command line, and says where to look.
func asUsage(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return exit.Usage(fmt.Errorf("%w\n  See: %s --help", err, cmd.CommandPath()))
}
