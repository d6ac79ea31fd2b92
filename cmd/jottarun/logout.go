package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/state"
)

func newLogoutCommand(a *app) *cobra.Command {
	var service string
	cmd := &cobra.Command{
		Use:     "logout",
		Short:   "Forget the login that is kept",
		Example: "  jottarun logout",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.logout(cmd.Context(), service) },
	}
	addJSONFlag(cmd, &a.json)
	cmd.Flags().StringVar(&service, "service", "", "jottacloud or one of its brands, instead of account.service")
	return cmd
}

func (a *app) logout(ctx context.Context, service string) (err error) {
	cfg, err := a.loginAccount(service)
	if err != nil {
		return err
	}
	account, err := a.account(cfg)
	if err != nil {
		return err
	}
	dir, err := state.Open(account.StateDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	forgotten, err := account.Forget(ctx, dir)
	if err != nil {
		return err
	}
	return a.sayLoggedOut(account, forgotten)
}

func (a *app) sayLoggedOut(account signin.Account, forgotten int) error {
	words := "no login to " + account.Title() + " was kept"
	if forgotten > 0 {
		words = "logged out: this machine has forgotten the login to " + account.Title()
		if account.Service != config.ServiceCustom {
			words += "\nThe service still lists it, until it expires; to end it there: web page, Settings > Security"
		}
	}
	result := report.Result{Service: account.Service, Forgotten: &forgotten}
	for _, source := range account.Elsewhere() {
		words += "\nThere is still a login in " + source
		result.Remaining = append(result.Remaining, source)
	}
	return a.did(result, words)
}
