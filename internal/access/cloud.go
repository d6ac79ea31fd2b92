// Package access opens the cloud that a jobs file names: it finds the login of the account
// and makes a client with it, or starts the embedded cloud.
package access

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// Cloud is the client for an account, how it signs in and, where the cloud is
// embedded, its server. Who opened it closes it.
type Cloud struct {
	*jotta.Client
	SignIn   *signin.SignIn
	embedded *emulator.Running
}

// Open signs in to the account of the jobs file, or starts the embedded cloud.
func Open(a *app.App, cfg *config.Config) (*Cloud, error) {
	if cfg.Account.Service == config.ServiceEmulator {
		return openEmbedded(a, cfg)
	}
	account, err := Account(a, cfg)
	if err != nil {
		return nil, err
	}
	found, err := account.Find()
	if err != nil {
		return nil, err
	}
	return OpenSignedIn(a, cfg, found)
}

func clientOptions(a *app.App, cfg *config.Config) jotta.Options {
	return jotta.Options{
		Connections: cfg.Settings.Uploads, Retries: cfg.Settings.Retries,
		UploadLimit: limiter(cfg.Settings.Bandwidth.Upload, a.Now), DownloadLimit: limiter(cfg.Settings.Bandwidth.Download, a.Now),
		UserAgent: userAgent(), Logger: a.Logger(),
	}
}

// OpenSignedIn makes the client for a sign-in, which the cloud owns from then on.
func OpenSignedIn(a *app.App, cfg *config.Config, s *signin.SignIn) (*Cloud, error) {
	options := clientOptions(a, cfg)
	options.Endpoints, options.AllowedHosts = endpoints(cfg), cfg.Account.AllowedHosts
	options.Authorizer = s.Authorizer
	client, err := jotta.New(options)
	if err != nil {
		return nil, errors.Join(exit.Config(err), s.Close())
	}
	return &Cloud{Client: client, SignIn: s}, nil
}

// endpoints are those of the jobs file; where it has none they are JottaCloud's own.
func endpoints(cfg *config.Config) jotta.Endpoints {
	e := cfg.Account.Endpoints
	return jotta.Endpoints{JFS: e.JFS, API: e.API, Upload: e.Upload, Token: e.Token}
}

func userAgent() string { return "jottarun/" + app.Version() }

// openEmbedded starts the embedded cloud. It has the devices that the jobs name,
// as there is nowhere else to make them.
func openEmbedded(a *app.App, cfg *config.Config) (*Cloud, error) {
	if stateDir, err := a.StateDir(cfg); err != nil || stateDir == cfg.Account.Directory {
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
	options := clientOptions(a, cfg)
	options.Endpoints = jotta.Endpoints{JFS: running.URL, API: running.URL, Upload: running.URL, Token: running.URL}
	options.Authorizer = jotta.BearerToken(jotta.Secret(server.Token()))
	client, err := jotta.New(options)
	if err != nil {
		return nil, errors.Join(err, running.Close())
	}
	return &Cloud{Client: client, SignIn: &signin.SignIn{Source: "being inside this process"}, embedded: running}, nil
}

func devices(cfg *config.Config) []string {
	var names []string
	for _, job := range cfg.Jobs {
		names = append(names, jotta.Path(job.Target).Device())
	}
	return names
}

// Close ends the connections, the sign-in and the embedded cloud.
func (c *Cloud) Close() error {
	c.Client.Close()
	if c.embedded == nil {
		return c.SignIn.Close()
	}
	return errors.Join(c.SignIn.Close(), c.embedded.Close())
}
