package account

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta"
)

// addServiceFlag adds the flag that names another service than the jobs file.
func addServiceFlag(cmd *cobra.Command, service *string) {
	cmd.Flags().StringVar(service, "service", "", "jottacloud or one of its brands, instead of account.service")
	app.CompleteFlag(cmd, "service", brandNames()...)
}

// loginAccount is the account to sign in to: that of the jobs file, with another
// service if one is asked for.
func loginAccount(a *app.App, service string) (*config.Config, error) {
	cfg, err := a.LoadAccount()
	if err != nil {
		return nil, err
	}
	if _, known := jotta.FindBrand(service); service != "" && !known {
		return nil, exit.Usage(fmt.Errorf("--service %q: want one of %s", service, strings.Join(brandNames(), ", ")))
	}
	if service != "" && service != cfg.Account.Service {
		cfg.Account = config.Account{Service: service, Username: cfg.Account.Username, AllowedHosts: cfg.Account.AllowedHosts}
	}
	if cfg.Account.Service == config.ServiceEmulator {
		return nil, exit.Usage(errors.New("the embedded cloud needs no login"))
	}
	return cfg, nil
}

func brandNames() []string {
	var names []string
	for _, brand := range jotta.Brands() {
		names = append(names, brand.Name)
	}
	return names
}
