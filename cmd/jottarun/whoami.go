package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/report"
)

func newWhoamiCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "whoami",
		Short:   "Show the account: user, usage, locks, devices",
		Example: "  jottarun whoami\n  jottarun whoami --json",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.whoami(cmd.Context(), asJSON) },
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *app) whoami(ctx context.Context, asJSON bool) (err error) {
	cfg, err := a.accountConfig()
	if err != nil {
		return err
	}
	account, err := a.account(cfg)
	if err != nil {
		return err
	}
	cloud, err := a.openCloud(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	seen, err := cloud.Account(ctx)
	if err != nil {
		return err
	}
	shown := report.Account{
		Account: seen, Service: cfg.Account.Service, ServiceTitle: account.Title(), SignIn: cloud.signIn.Source,
	}
	if asJSON {
		return report.AccountJSON(a.out, shown)
	}
	return report.AccountText(a.out, shown)
}
