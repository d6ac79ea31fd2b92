package main

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// cloud is the client for an account, how it signs in and, where the cloud is
// embedded, its server.
type cloud struct {
	*jotta.Client
	signIn   *signin.SignIn
	embedded *emulator.Running
}

// openCloud signs in to the account of the jobs file, or starts the embedded
// cloud.
func (a *app) openCloud(cfg *config.Config) (*cloud, error) {
	if cfg.Account.Service == config.ServiceEmulator {
		return a.openEmbedded(cfg)
	}
	account, err := a.account(cfg)
	if err != nil {
		return nil, err
	}
	found, err := account.Find()
	if err != nil {
		return nil, err
	}
	return a.openSignedIn(cfg, found)
}

func (a *app) clientOptions(cfg *config.Config) jotta.Options {
	return jotta.Options{
		Connections: cfg.Settings.Uploads, Retries: cfg.Settings.Retries,
		UploadLimit: a.limiter(cfg.Settings.Bandwidth.Upload), DownloadLimit: a.limiter(cfg.Settings.Bandwidth.Download),
		UserAgent: userAgent(), Logger: a.logger(),
	}
}

// openSignedIn makes the client, which owns the sign-in from then on.
func (a *app) openSignedIn(cfg *config.Config, s *signin.SignIn) (*cloud, error) {
	options := a.clientOptions(cfg)
	options.Endpoints, options.AllowedHosts = endpoints(cfg), cfg.Account.AllowedHosts
	options.Authorizer = s.Authorizer
	client, err := jotta.New(options)
	if err != nil {
		return nil, errors.Join(exit.Config(err), s.Close())
	}
	return &cloud{Client: client, signIn: s}, nil
}

// endpoints are those of the jobs file; where it has none they are JottaCloud's own.
func endpoints(cfg *config.Config) jotta.Endpoints {
	e := cfg.Account.Endpoints
	return jotta.Endpoints{JFS: e.JFS, API: e.API, Upload: e.Upload, Token: e.Token}
}

func userAgent() string { return "jottarun/" + version() }

// openEmbedded starts the embedded cloud. It has the devices that the jobs name,
// as there is nowhere else to make them.
func (a *app) openEmbedded(cfg *config.Config) (*cloud, error) {
	if stateDir, err := a.stateDir(cfg); err != nil || stateDir == cfg.Account.Directory {
		return nil, errors.Join(err, exit.Config(fmt.Errorf("the state folder and the embedded cloud need each a folder of its own, but both are %q", stateDir)))
	}
	server, err := emulator.Open(emulator.Options{
		Directory: cfg.Account.Directory, Devices: devices(cfg),
	})
	if err != nil {
		return nil, err
	}
	running, err := emulator.Start(server, "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	options := a.clientOptions(cfg)
	options.Endpoints = jotta.Endpoints{JFS: running.URL, API: running.URL, Upload: running.URL, Token: running.URL}
	options.Authorizer = jotta.BearerToken(jotta.Secret(server.Token()))
	client, err := jotta.New(options)
	if err != nil {
		return nil, errors.Join(err, running.Close())
	}
	return &cloud{Client: client, signIn: &signin.SignIn{Source: "being inside this process"}, embedded: running}, nil
}

func devices(cfg *config.Config) []string {
	var names []string
	for _, job := range cfg.Jobs {
		names = append(names, jotta.Path(job.Target).Device())
	}
	return names
}

// Close ends the connections, the sign-in and the embedded cloud.
func (c *cloud) Close() error {
	c.Client.Close()
	if c.embedded == nil {
		return c.signIn.Close()
	}
	return errors.Join(c.signIn.Close(), c.embedded.Close())
}

// ownFolders are the folders that jottarun itself keeps on this machine.
func ownFolders(cfg *config.Config, stateDir string) []string {
	own := []string{stateDir}
	if cfg.Account.Directory != "" {
		own = append(own, cfg.Account.Directory)
	}
	return own
}
