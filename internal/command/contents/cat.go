package contents

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/jotta"
)

// NewCatCommand returns the command that prints a file of the cloud. It fails where what it has
// printed is not the file that the cloud lists.
func NewCatCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:     "cat job path | /device/backupdir/path",
		Short:   "Print a file of the cloud",
		Example: "  jottarun cat etc fstab\n  jottarun cat /mybox/backup/config/fstab",
		Args:    cobra.ArbitraryArgs,

		ValidArgsFunction: a.CompleteFirstJob,
		RunE:              func(cmd *cobra.Command, args []string) error { return cat(cmd.Context(), a, args) },
	}
}

func cat(ctx context.Context, a *app.App, args []string) (err error) {
	p, err := openFilePlace(a, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var file jotta.RemoteFile
	err = p.find(func(path jotta.Path) (err error) {
		file, err = p.Stat(ctx, path)
		return err
	})
	if err != nil {
		return p.explain(err)
	}
	n, err := p.Download(ctx, jotta.Download{Path: jotta.Path(p.path), Size: file.Size, MD5: file.MD5, To: a.Out})
	if err != nil && n > 0 {
		return fmt.Errorf("%w; what was printed, %d of %d bytes, is not to be trusted", p.explain(err), n, file.Size)
	}
	return p.explain(err)
}
