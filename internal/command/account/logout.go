package account

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/state"
)

// NewLogoutCommand returns the command that forgets the login that is kept, and names those that
// are elsewhere.
func NewLogoutCommand(a *app.App) *cobra.Command {
	var service string
	cmd := &cobra.Command{
		Use:     "logout",
		Short:   "Forget the login that is kept",
		Example: "  jottarun logout",
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return logout(cmd.Context(), a, service) },
	}
	a.AddResultFlag(cmd)
	addServiceFlag(cmd, &service)
	return cmd
}

func logout(ctx context.Context, a *app.App, service string) (err error) {
	cfg, err := loginAccount(a, service)
	if err != nil {
		return err
	}
	account, err := access.Account(a, cfg)
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
	return sayLoggedOut(a, account, forgotten)
}

func sayLoggedOut(a *app.App, account signin.Account, forgotten int) error {
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
	return a.Did(result, words)
}
