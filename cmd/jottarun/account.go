package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/jotta"
)

// accountConfig reads the jobs file for its account and state folder; where there is
// no jobs file the account is with JottaCloud.
func (a *app) accountConfig() (*config.Config, error) {
	if _, err := config.Discover(a.configPath, a.configEnv()); err != nil {
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
		return nil, usageError{fmt.Errorf("--service %q: want one of %s", service, strings.Join(brandNames(), ", "))}
	}
	if service != "" && service != cfg.Account.Service {
		cfg.Account = config.Account{Service: service, Username: cfg.Account.Username, AllowedHosts: cfg.Account.AllowedHosts}
	}
	if cfg.Account.Service == config.ServiceEmulator {
		return nil, usageError{errors.New("the embedded cloud needs no login")}
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

// accountKey names the account that a login is kept for: the service and, where the
// jobs file has them, its address and its user.
func accountKey(account config.Account) string {
	if account.Service != config.ServiceCustom && account.Username == "" {
		return account.Service
	}
	return account.Service + "-" + digest(account.Endpoints.API, strings.ToLower(account.Username))
}

// tokenSession is the session of a login token.
func tokenSession(token jotta.LoginToken) string { return tokenPrefix + token.Digest }

const tokenPrefix = "token-"

// passwordSession is the session of a user of a server that takes passwords. The
// password is no part of the name, so that nobody can guess it from there.
func passwordSession(account config.Account, username string) string {
	return "password-" + digest(account.Endpoints.Token, strings.ToLower(username))
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// serviceTitle is the service's name for people.
func serviceTitle(account config.Account) string {
	if brand, ok := jotta.FindBrand(account.Service); ok {
		return brand.Title
	}
	if account.Service == config.ServiceCustom {
		return account.Endpoints.API
	}
	return "the embedded cloud"
}
