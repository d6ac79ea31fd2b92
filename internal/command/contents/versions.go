package contents

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
)

// NewVersionsCommand returns the command that lists the versions that the cloud keeps of a file.
func NewVersionsCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "versions job path | /device/backupdir/path",
		Short:   "List the versions that the cloud keeps of a file",
		Example: "  jottarun versions pictures 2026/a.jpg\n  jottarun versions --json /mybox/backup/pictures/2026/a.jpg",
		Args:    cobra.ArbitraryArgs,

		ValidArgsFunction: a.CompleteFirstJob,
		RunE:              func(cmd *cobra.Command, args []string) error { return versions(cmd.Context(), a, args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func versions(ctx context.Context, a *app.App, args []string, asJSON bool) (err error) {
	p, err := openFilePlace(a, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var found []jotta.Version
	err = p.find(func(path jotta.Path) (err error) {
		found, err = p.Versions(ctx, path)
		return err
	})
	switch path := jotta.Path(p.path); {
	case err != nil:
		return p.explain(err)
	case asJSON:
		return report.VersionsJSON(a.Out, path, found)
	default:
		return report.Versions(a.Out, path, found)
	}
}
