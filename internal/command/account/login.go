// Package account holds the commands about the account: login, logout, whoami and device.
package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
)

type loginOptions struct {
	service    string
	otp        string
	tokenStdin bool
	browser    bool
}

// NewLoginCommand returns the command that signs in and keeps the login for later runs, once it
// has made a request with it.
func NewLoginCommand(a *app.App) *cobra.Command {
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
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return login(cmd.Context(), a, o) },
	}
	a.AddResultFlag(cmd)
	addServiceFlag(cmd, &o.service)
	cmd.Flags().BoolVar(&o.tokenStdin, "token-stdin", false, "read the login token, or the password, from standard input")
	cmd.Flags().BoolVar(&o.browser, "browser", false, "sign in with a browser, also where login tokens are usual")
	cmd.Flags().StringVar(&o.otp, "otp", "", "the code of the second factor, where a password is used")
	return cmd
}

func login(ctx context.Context, a *app.App, o loginOptions) (err error) {
	cfg, err := loginAccount(a, o.service)
	if err != nil {
		return err
	}
	if o.service != "" && cfg.Path != "" {
		fmt.Fprintf(a.Err, "this login is for jobs files that say account.service: %s\n", o.service)
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
	login, err := newLogin(ctx, a, account, dir, o)
	if err != nil {
		return err
	}
	proved, err := prove(ctx, a, cfg, login)
	if err != nil {
		return err
	}
	if err := account.Keep(ctx, dir, login); err != nil {
		return err
	}
	return a.Did(report.Result{Service: account.Service, Username: proved.Username, File: login.Path()},
		fmt.Sprintf("signed in to %s as %s; the login is kept in %s", account.Title(), proved.Username, login.Path()))
}

// newLogin signs in by browser, login token or password: what the service takes, and
// what it is given.
func newLogin(ctx context.Context, a *app.App, account signin.Account, dir *state.Dir, o loginOptions) (*signin.Login, error) {
	brand, isBrand := jotta.FindBrand(account.Service)
	if o.browser && (!isBrand || o.tokenStdin) {
		return nil, exit.Usage(errors.New("--browser goes with JottaCloud and its brands, and not with --token-stdin"))
	}
	if o.browser || isBrand && brand.Name != config.ServiceJottacloud && !o.tokenStdin {
		return account.NewBrowserLogin(ctx, dir, brand, showAddress(a, brand))
	}
	secret, err := readLogin(a, account.Account, o.tokenStdin)
	if err != nil {
		return nil, err
	}
	token, isToken := jotta.ParseLoginToken(secret)
	switch {
	case isToken:
		return account.NewTokenLogin(dir, token)
	case account.Service != config.ServiceCustom || account.Endpoints.Token == "":
		return nil, fmt.Errorf("sign in to %s: %w: what was given is no login token, or not the whole of one", account.Title(), jotta.ErrUnauthorized)
	case account.Username == "":
		return nil, exit.Usage(errors.New("a password goes with a user: set account.username in the jobs file"))
	}
	ask := func() (jotta.Secret, error) { return ask(a, "Code of the second factor") }
	return account.NewPasswordLogin(ctx, dir, secret, jotta.Secret(o.otp), ask)
}

func showAddress(a *app.App, brand jotta.Brand) func(string) error {
	return func(address string) error {
		_, err := fmt.Fprintf(a.Err, "Open this address in a browser on this machine, and sign in to %s:\n\n  %s\n\nWaiting for the browser; Ctrl-C ends it.\n", brand.Title, address)
		return err
	}
}

// prove makes a request with a login, and returns whose it is.
func prove(ctx context.Context, a *app.App, cfg *config.Config, login *signin.Login) (jotta.Account, error) {
	cloud, err := access.OpenSignedIn(a, cfg, login.SignIn())
	if err != nil {
		return jotta.Account{}, err
	}
	account, err := cloud.Account(ctx)
	return account, errors.Join(err, cloud.Close())
}
