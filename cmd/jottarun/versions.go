package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
)

func newVersionsCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "versions job path | /device/backupdir/path",
		Short:   "List the versions that the cloud keeps of a file",
		Example: "  jottarun versions pictures 2026/a.jpg\n  jottarun versions --json /mybox/backup/pictures/2026/a.jpg",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.versions(cmd.Context(), args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

func (a *app) versions(ctx context.Context, args []string, asJSON bool) (err error) {
	p, err := a.openFilePlace(args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	path := jotta.Path(p.path)
	found, err := p.Versions(ctx, path)
	switch {
	case err != nil:
		return p.explain(err)
	case asJSON:
		return report.VersionsJSON(a.out, path, found)
	}
	return report.Versions(a.out, path, found)
}
