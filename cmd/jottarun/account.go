package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

// accountConfig reads the jobs file for its account and state folder; where there is
// no jobs file the account is with JottaCloud.
func (a *app) accountConfig() (*config.Config, error) {
	if _, err := config.Discover(a.configPaths, a.configEnv()); err != nil {
		return &config.Config{
			Account: config.Account{Service: config.ServiceJottacloud}, Settings: config.Settings{Uploads: 1, Retries: 3},
		}, nil
	}
	return a.loadConfig()
}

// loginAccount is the account to sign in to: that of the jobs file, with another
// service if one is asked for.
func (a *app) loginAccount(service string) (*config.Config, error) {
	cfg, err := a.accountConfig()
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

// account says where logins for the account of a jobs file are found and kept.
func (a *app) account(cfg *config.Config) (signin.Account, error) {
	path, err := a.stateDir(cfg)
	return signin.Account{
		Account: cfg.Account, StateDir: path, Lookup: a.lookup, Home: a.home,
		Options: jotta.LoginOptions{
			Endpoints: endpoints(cfg), AllowedHosts: cfg.Account.AllowedHosts, UserAgent: userAgent(), Logger: a.logger(),
		},
	}, err
}

func (a *app) stateDir(cfg *config.Config) (string, error) {
	path, err := state.Locate(cfg.Settings.StateDir, a.lookup, a.home)
	if err != nil {
		return "", exit.Config(err)
	}
	return path, nil
}
