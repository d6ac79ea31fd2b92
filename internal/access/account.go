package access

import (
	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/jotta"
)

// Account says where logins for the account of a jobs file are found and kept.
func Account(a *app.App, cfg *config.Config) (signin.Account, error) {
	path, err := a.StateDir(cfg)
	return signin.Account{
		Account: cfg.Account, StateDir: path, Lookup: a.Lookup, Home: a.Home,
		Options: jotta.LoginOptions{
			Endpoints: endpoints(cfg), AllowedHosts: cfg.Account.AllowedHosts, UserAgent: userAgent(), Logger: a.Logger(),
		},
	}, err
}
