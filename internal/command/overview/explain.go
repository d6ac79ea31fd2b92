package overview

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/planner"
)

// NewExplainCommand returns the command that says which rule decides on a path, whether or not
// it is there.
func NewExplainCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "explain PATH",
		Short:   "Say which rule decides whether a path is backed up",
		Example: "  jottarun explain /etc/ssl/private",
		Args:    app.Args(cobra.ExactArgs(1)),
		RunE:    func(_ *cobra.Command, args []string) error { return explainPath(a, args[0], asJSON) },
	}
	app.AddJSONFlag(cmd, &asJSON)
	return cmd
}

func explainPath(a *app.App, arg string, asJSON bool) error {
	cfg, err := a.LoadConfig()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(arg)
	if err != nil {
		return err
	}
	all, err := explanations(a, cfg, path)
	switch {
	case err != nil:
		return err
	case asJSON:
		return report.ExplanationsJSON(a.Out, path, all)
	}
	var lines strings.Builder
	for _, x := range all {
		fmt.Fprintf(&lines, "job %q: %s\n", x.Job, explanation(path, x))
	}
	if len(all) == 0 {
		fmt.Fprintf(&lines, "%s is in no job's roots: not backed up\n", report.Quote(path))
	}
	_, err = fmt.Fprint(a.Out, lines.String())
	return err
}

// explanations are what the jobs in whose roots a path lies do with it.
func explanations(a *app.App, cfg *config.Config, path string) ([]report.Explanation, error) {
	stateDir, err := a.StateDir(cfg)
	if err != nil {
		return nil, err
	}
	_, err = os.Lstat(path)
	exists := !errors.Is(err, fs.ErrNotExist)
	var all []report.Explanation
	for i := range cfg.Jobs {
		spec, err := selection.Spec(&cfg.Jobs[i], nil)
		if err != nil {
			return nil, err
		}
		spec.Own = selection.OwnFolders(cfg, stateDir)
		x, ok := planner.Explain(spec, path)
		if !ok {
			continue
		}
		explained := report.Explanation{
			Job: spec.Job, Selected: x.Selected, Exists: exists,
			Pattern: x.Decider.Pattern, Source: x.Decider.Source, Reason: x.Reason,
		}
		if x.At != x.Rel {
			explained.At = x.At
		}
		all = append(all, explained)
	}
	return all, nil
}

func explanation(path string, x report.Explanation) string {
	text := report.Quote(path) + " is excluded"
	if x.Selected {
		text = report.Quote(path) + " is backed up"
	}
	switch {
	case x.Pattern != "":
		text += fmt.Sprintf(": by %q at %s", x.Pattern, report.Name(x.Source))
	case x.Reason != "":
		text += ": " + report.Name(x.Reason)
	default:
		text += ": no rule matches it"
	}
	if x.At != "" && x.Pattern+x.Reason != "" {
		text += ", which decides on " + report.Quote(x.At)
	}
	if !x.Exists {
		text += "; nothing is there now"
	}
	return text
}
