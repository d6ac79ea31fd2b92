package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

type loginOptions struct {
	service    string
	otp        string
	tokenStdin bool
	browser    bool
}

func newLoginCommand(a *app) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, and keep the login for later runs",
		Long: `Signs in to the account of the jobs file, or to JottaCloud where there is none, and
keeps the login in the state folder, for this user alone.

JottaCloud wants a personal login token, which its web page makes under Settings >
Security. Its brands want a browser. Other servers take a login token or the
password of account.username.`,
		Example: "  jottarun login\n  jottarun login --token-stdin < token\n  jottarun login --service telia_se",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.service, "service", "", "jottacloud or one of its brands, instead of account.service")
	cmd.Flags().BoolVar(&o.tokenStdin, "token-stdin", false, "read the login token, or the password, from standard input")
	cmd.Flags().BoolVar(&o.browser, "browser", false, "sign in with a browser, also where login tokens are usual")
	cmd.Flags().StringVar(&o.otp, "otp", "", "the code of the second factor, where a password is used")
	return cmd
}

func (a *app) login(ctx context.Context, o loginOptions) (err error) {
	cfg, err := a.loginAccount(o.service)
	if err != nil {
		return err
	}
	if o.service != "" && cfg.Path != "" {
		fmt.Fprintf(a.err, "this login is for jobs files that say account.service: %s\n", o.service)
	}
	dir, err := a.openState(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	brand, isBrand := jotta.FindBrand(cfg.Account.Service)
	if o.browser && (!isBrand || o.tokenStdin) {
		return usageError{errors.New("--browser goes with JottaCloud and its brands, and not with --token-stdin")}
	}
	if o.browser || isBrand && brand.Name != config.ServiceJottacloud && !o.tokenStdin {
		return a.loginWithBrowser(ctx, cfg, dir, brand)
	}
	secret, err := a.readLogin(cfg.Account, o.tokenStdin)
	if err != nil {
		return err
	}
	if token, ok := jotta.ParseLoginToken(secret); ok {
		return a.loginWithToken(ctx, cfg, dir, token)
	}
	return a.loginWithPassword(ctx, cfg, dir, secret, jotta.Secret(o.otp))
}

func (a *app) loginWithToken(ctx context.Context, cfg *config.Config, dir *state.Dir, token jotta.LoginToken) error {
	session := dir.Session(tokenSession(token))
	login, err := jotta.NewTokenLogin(session, token, a.loginOptions(cfg))
	if err != nil {
		return configError{err}
	}
	return a.keepLogin(ctx, cfg, dir, session, login)
}

// loginWithPassword asks for the code of the second factor if the server does.
func (a *app) loginWithPassword(ctx context.Context, cfg *config.Config, dir *state.Dir, password, code jotta.Secret) error {
	account := cfg.Account
	switch {
	case account.Service != config.ServiceCustom || account.Endpoints.Token == "":
		return fmt.Errorf("sign in to %s: %w: what was given is no login token, or not the whole of one", serviceTitle(account), jotta.ErrUnauthorized)
	case account.Username == "":
		return usageError{errors.New("a password goes with a user: set account.username in the jobs file")}
	}
	session := dir.Session(passwordSession(account, account.Username))
	login, err := jotta.NewPasswordLogin(session, jotta.Credentials{Username: account.Username, Password: password}, a.loginOptions(cfg))
	if err != nil {
		return configError{err}
	}
	err = login.SignInAnew(ctx, code)
	if errors.Is(err, jotta.ErrOTPRequired) && code == "" {
		asked, askErr := a.ask("Code of the second factor")
		if askErr != nil {
			return err
		}
		err = login.SignInAnew(ctx, asked)
	}
	if err != nil {
		return err
	}
	return a.keepLogin(ctx, cfg, dir, session, login)
}

func (a *app) loginWithBrowser(ctx context.Context, cfg *config.Config, dir *state.Dir, brand jotta.Brand) error {
	session := dir.Session("browser-" + accountKey(cfg.Account))
	login, err := jotta.NewLogin(session, a.loginOptions(cfg))
	if err != nil {
		return configError{err}
	}
	err = login.SignInWithBrowser(ctx, brand, jotta.BrowserOptions{
		Port: jotta.UsualRedirectPort,
		Show: func(address string) error {
			_, err := fmt.Fprintf(a.err, "Open this address in a browser on this machine, and sign in to %s:\n\n  %s\n\nWaiting for the browser; Ctrl-C ends it.\n", brand.Title, address)
			return err
		},
	})
	if err != nil {
		return err
	}
	return a.keepLogin(ctx, cfg, dir, session, login)
}

// keepLogin proves a login by a request, and makes it the one that runs use. The one
// before it is forgotten.
func (a *app) keepLogin(ctx context.Context, cfg *config.Config, dir *state.Dir, session *state.Session, login jotta.Authorizer) error {
	cloud, err := a.openSignedIn(cfg, &signIn{Authorizer: login, source: "jottarun login"})
	if err != nil {
		return err
	}
	account, err := cloud.Account(ctx)
	if err := errors.Join(err, cloud.Close()); err != nil {
		return err
	}
	key := accountKey(cfg.Account)
	before, err := state.KeptLogin(dir.Path(), key)
	if err != nil {
		a.logger().Debug("read the login before this one", "cause", err)
	}
	if err := dir.KeepLogin(key, session.Name()); err != nil {
		return err
	}
	if before != "" && before != session.Name() {
		if err := retire(ctx, dir.Session(before)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.out, "signed in to %s as %s; the login is kept in %s\n", serviceTitle(cfg.Account), account.Username, session.Path())
	return err
}
