package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
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
	a.sayLoggedOut(account, forgotten)
	return nil
}

func (a *app) sayLoggedOut(account signin.Account, forgotten int) {
	if forgotten == 0 {
		fmt.Fprintf(a.out, "no login to %s was kept\n", account.Title())
	} else {
		fmt.Fprintf(a.out, "logged out: this machine has forgotten the login to %s\n", account.Title())
		if account.Service != config.ServiceCustom {
			fmt.Fprintln(a.out, "The service still lists it, until it expires; to end it there: web page, Settings > Security")
		}
	}
	for _, source := range account.Elsewhere() {
		fmt.Fprintf(a.out, "There is still a login in %s\n", source)
	}
}
