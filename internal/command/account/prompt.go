package account

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta"
)

const maxSecret = 64 << 10

// readLogin reads a login token, or a password where the server takes one. On a
// terminal it is asked for, and not shown.
func readLogin(a *app.App, account config.Account, fromStdin bool) (jotta.Secret, error) {
	if fromStdin {
		text, err := io.ReadAll(io.LimitReader(a.In, maxSecret))
		if err != nil {
			return "", fmt.Errorf("read the login from standard input: %w", err)
		}
		return jotta.Secret(strings.TrimRight(string(text), "\r\n")), nil
	}
	what := "Personal login token (web page, Settings > Security)"
	if account.Service == config.ServiceCustom {
		what = "Login token or password"
	}
	return ask(a, what)
}

// ask reads a line from the terminal without showing it.
func ask(a *app.App, what string) (jotta.Secret, error) {
	file, ok := a.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", exit.Usage(errors.New("there is no terminal to ask on: use --token-stdin"))
	}
	fmt.Fprintf(a.Err, "%s: ", what)
	text, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(a.Err)
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return jotta.Secret(strings.TrimSpace(string(text))), nil
}
