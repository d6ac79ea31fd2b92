package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/command/account"
	"github.com/jottarun/jottarun/internal/command/contents"
	"github.com/jottarun/jottarun/internal/command/overview"
	"github.com/jottarun/jottarun/internal/command/restores"
	"github.com/jottarun/jottarun/internal/command/runs"
	"github.com/jottarun/jottarun/internal/command/setup"
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
func execute(ctx context.Context, a *app.App, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !exit.WasTold(err) {
		a.Explain(err)
	}
	code := exit.Code(err)
	if err := runs.EndUnbegun(a, cmd, args, err); err != nil {
		a.Explain(err)
	}
	if err := a.EndLog(code, err); err != nil {
		a.Explain(err)
	}
	return code
}

func newRootCommand(a *app.App) *cobra.Command {
	run := runs.NewRunCommand(a)
	root := &cobra.Command{
		Use:           "jottarun [job...]",
		Short:         "Keep folders of a server in JottaCloud",
		Long:          rootHelp,
		Example:       "  jottarun -c jobs.yaml          # plan and apply every job\n  jottarun plan pictures         # show what would change",
		Args:          cobra.ArbitraryArgs,
		Version:       app.Version(),
		RunE:          func(cmd *cobra.Command, names []string) error { return orCommand(cmd, names, run.RunE(cmd, names)) },
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   run.Annotations,

		ValidArgsFunction:          run.ValidArgsFunction,
		SuggestionsMinimumDistance: 2,
	}
	a.AddFlags(root)
	root.Flags().AddFlagSet(run.Flags())
	root.SetFlagErrorFunc(app.AsUsage)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.Begin(cmd.Flags()) }
	root.AddCommand(
		run, runs.NewPlanCommand(a), runs.NewApplyCommand(a), runs.NewShowCommand(a),
		restores.NewRestoreCommand(a), restores.NewVerifyCommand(a),
		overview.NewStatusCommand(a), overview.NewHistoryCommand(a), overview.NewExplainCommand(a),
		contents.NewLsCommand(a), contents.NewCatCommand(a), contents.NewVersionsCommand(a),
		account.NewLoginCommand(a), account.NewLogoutCommand(a), account.NewWhoamiCommand(a), account.NewDeviceCommand(a),
		setup.NewInitCommand(a), setup.NewValidateCommand(a), setup.NewSchemaCommand(a),
		setup.NewEmulatorCommand(a), setup.NewManCommand(a), setup.NewVersionCommand(a),
	)
	return root
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
