package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/planner"
)

func newExplainCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "explain PATH",
		Short:   "Say which rule decides whether a path is backed up",
		Example: "  jottarun explain /etc/ssl/private",
		Args:    oneArg,
		RunE:    func(_ *cobra.Command, args []string) error { return a.explainPath(args[0]) },
	}
}

func (a *app) explainPath(arg string) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(arg)
	if err != nil {
		return err
	}
	stateDir, err := a.stateDir(cfg)
	if err != nil {
		return err
	}
	missing := ""
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		missing = "; nothing is there now"
	}
	found := false
	for i := range cfg.Jobs {
		spec, err := newSpec(&cfg.Jobs[i], nil)
		if err != nil {
			return err
		}
		spec.Own = ownFolders(cfg, stateDir)
		if x, ok := planner.Explain(spec, path); ok {
			found = true
			fmt.Fprintf(a.out, "job %q: %s%s\n", spec.Job, explanation(path, x), missing)
		}
	}
	if !found {
		fmt.Fprintf(a.out, "%s is in no job's roots: not backed up\n", report.Quote(path))
	}
	return nil
}

func explanation(path string, x planner.Explanation) string {
	verb := "is excluded"
	if x.Selected {
		verb = "is backed up"
	}
	text := report.Quote(path) + " " + verb
	at := ""
	if x.At != x.Rel {
		at = ", which decides on " + report.Quote(x.At)
	}
	switch {
	case x.Decider.Pattern != "":
		return fmt.Sprintf("%s: by %q at %s%s", text, x.Decider.Pattern, x.Decider.Source, at)
	case x.Reason != "":
		return fmt.Sprintf("%s: %s%s", text, x.Reason, at)
	}
	return text + ": no rule matches it"
}
