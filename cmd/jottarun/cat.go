package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/jotta"
)

func newCatCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "cat job path | /device/backupdir/path",
		Short:   "Print a file of the cloud",
		Example: "  jottarun cat etc fstab\n  jottarun cat /mybox/backup/config/fstab",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.cat(cmd.Context(), args) },
	}
}

func (a *app) cat(ctx context.Context, args []string) (err error) {
	p, err := a.openFilePlace(args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	file, err := p.Stat(ctx, jotta.Path(p.path))
	if err != nil {
		return p.explain(err)
	}
	n, err := p.Download(ctx, jotta.Download{Path: jotta.Path(p.path), Size: file.Size, MD5: file.MD5, To: a.out})
	if err != nil && n > 0 {
		return fmt.Errorf("%w; what was printed, %d of %d bytes, is not to be trusted", p.explain(err), n, file.Size)
	}
	return p.explain(err)
}
