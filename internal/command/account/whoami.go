package account

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
)

// NewWhoamiCommand returns the command that shows the account, and how it is signed in to.
func NewWhoamiCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "whoami",
		Short:   "Show the account: user, usage, locks, devices",
		Example: "  jottarun whoami\n  jottarun whoami --json",
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return whoami(cmd.Context(), a, asJSON) },
	}
	app.AddJSONFlag(cmd, &asJSON)
	return cmd
}

func whoami(ctx context.Context, a *app.App, asJSON bool) (err error) {
	cfg, err := a.LoadAccount()
	if err != nil {
		return err
	}
	account, err := access.Account(a, cfg)
	if err != nil {
		return err
	}
	cloud, err := access.Open(a, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	seen, err := cloud.Account(ctx)
	if err != nil {
		return err
	}
	shown := report.Account{
		Account: seen, Service: cfg.Account.Service, ServiceTitle: account.Title(), SignIn: cloud.SignIn.Source,
	}
	if asJSON {
		return report.AccountJSON(a.Out, shown)
	}
	return report.AccountText(a.Out, shown)
}
