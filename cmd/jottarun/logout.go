package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
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
	dir, err := a.openState(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	sessions, err := a.keptSessions(cfg, dir)
	if err != nil {
		return err
	}
	forgotten := 0
	for _, session := range sessions {
		kept, err := session.Load()
		if errors.Is(err, jotta.ErrNoSession) || err == nil && kept.AccessToken == "" && kept.RefreshToken == "" {
			continue
		}
		if err := retire(ctx, session); err != nil {
			return err
		}
		forgotten++
	}
	if err := dir.DropLogin(accountKey(cfg.Account)); err != nil {
		return err
	}
	a.sayLoggedOut(cfg, forgotten)
	return nil
}

// keptSessions are those that the account may use: that of `jottarun login`, and
// those that came of the credentials it finds.
func (a *app) keptSessions(cfg *config.Config, dir *state.Dir) ([]*state.Session, error) {
	var sessions []*state.Session
	name, err := state.KeptLogin(dir.Path(), accountKey(cfg.Account))
	if err != nil {
		return nil, err
	}
	if name != "" {
		sessions = append(sessions, dir.Session(name))
	}
	for _, c := range a.credentials(cfg) {
		token, isToken := jotta.ParseLoginToken(c.Password)
		switch {
		case isToken:
			sessions = append(sessions, dir.Session(tokenSession(token)))
		case cfg.Account.Endpoints.Token != "":
			sessions = append(sessions, dir.Session(passwordSession(cfg.Account, c.Username)))
		}
	}
	return sessions, nil
}

// credentials are all that there are; places without any, or that cannot be read, are
// passed over.
func (a *app) credentials(cfg *config.Config) []jotta.Credentials {
	var found []jotta.Credentials
	places := a.credentialPlaces(cfg)
	for _, look := range []func() (jotta.Credentials, error){places.Environment, places.Netrc} {
		if c, err := look(); err == nil && c.Username != "" {
			found = append(found, c)
		}
	}
	return found
}

// retire forgets a session's secrets. That a login token has been used stays known:
// to send it again would be of no use.
func retire(ctx context.Context, session *state.Session) (err error) {
	unlock, err := session.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if strings.HasPrefix(session.Name(), tokenPrefix) {
		return session.Save(jotta.Session{State: jotta.SessionSent})
	}
	return session.Remove()
}

func (a *app) sayLoggedOut(cfg *config.Config, forgotten int) {
	if forgotten == 0 {
		fmt.Fprintf(a.out, "no login to %s was kept\n", serviceTitle(cfg.Account))
	} else {
		fmt.Fprintf(a.out, "logged out: this machine has forgotten the login to %s\n", serviceTitle(cfg.Account))
		if cfg.Account.Service != config.ServiceCustom {
			fmt.Fprintln(a.out, "The service still lists it, until it expires; to end it there: web page, Settings > Security")
		}
	}
	for _, c := range a.credentials(cfg) {
		fmt.Fprintf(a.out, "There is still a login in %s\n", c.Source)
	}
}
