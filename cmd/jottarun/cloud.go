package main

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// cloud is the client for an account and, where the cloud is embedded, its server.
type cloud struct {
	*jotta.Client
	embedded *emulator.Running
}

// openCloud signs in to the account of the jobs file, or starts the embedded
// cloud.
func (a *app) openCloud(cfg *config.Config) (*cloud, error) {
	options := jotta.Options{
		Connections: cfg.Settings.Uploads, Retries: cfg.Settings.Retries,
		UserAgent: "jottarun/" + version(), Logger: a.logger(),
	}
	if cfg.Account.Service == config.ServiceEmulator {
		return a.openEmbedded(cfg, options)
	}
	credentials, err := jotta.FindCredentials(jotta.CredentialOptions{
		Lookup: a.lookup, Home: a.home, Username: cfg.Account.Username,
	})
	if err != nil {
		return nil, err
	}
	if cfg.Account.Service != config.ServiceCustom {
		// HTTP Basic is an old server's way; JottaCloud itself takes it no more.
		return nil, fmt.Errorf("sign in to JottaCloud as %q (from %s): %w: this version signs in only to servers that take HTTP Basic (account.service: custom)",
			credentials.Username, credentials.Source, jotta.ErrUnauthorized)
	}
	endpoints := cfg.Account.Endpoints
	options.Endpoints = jotta.Endpoints{JFS: endpoints.JFS, API: endpoints.API, Upload: endpoints.Upload, Token: endpoints.Token}
	options.Authorizer = jotta.BasicAuth(credentials.Username, credentials.Password)
	client, err := jotta.New(options)
	if err != nil {
		return nil, configError{err}
	}
	return &cloud{Client: client}, nil
}

// openEmbedded starts the embedded cloud. It has the devices that the jobs name,
// as there is nowhere else to make them.
func (a *app) openEmbedded(cfg *config.Config, options jotta.Options) (*cloud, error) {
	server, err := emulator.Open(emulator.Options{
		Directory: cfg.Account.Directory, Devices: devices(cfg), Logger: a.logger(),
	})
	if err != nil {
		return nil, err
	}
	running, err := emulator.Start(server, "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	options.Endpoints = jotta.Endpoints{JFS: running.URL, API: running.URL, Upload: running.URL, Token: running.URL}
	options.Authorizer = jotta.BearerToken(jotta.Secret(server.Token()))
	client, err := jotta.New(options)
	if err != nil {
		return nil, errors.Join(err, running.Close())
	}
	return &cloud{Client: client, embedded: running}, nil
}

func devices(cfg *config.Config) []string {
	var names []string
	for _, job := range cfg.Jobs {
		names = append(names, jotta.Path(job.Target).Device())
	}
	return names
}

// Close ends the connections and the embedded cloud.
func (c *cloud) Close() error {
	c.Client.Close()
	if c.embedded == nil {
		return nil
	}
	return c.embedded.Close()
}

// ownFolders are the folders that jottarun itself keeps on this machine.
func ownFolders(cfg *config.Config, stateDir string) []string {
	own := []string{stateDir}
	if cfg.Account.Directory != "" {
		own = append(own, cfg.Account.Directory)
	}
	return own
}
