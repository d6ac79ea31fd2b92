package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/jotta"
)

// Explain prints an error with what to do about it, where that is known.
func (a *App) Explain(err error) {
	if errs, ok := errors.AsType[config.Errors](err); ok {
		fmt.Fprintln(a.Err, strings.TrimRight(errs.Detail(), "\n"))
		return
	}
	hint := hint(err)
	switch {
	case hint == "":
		fmt.Fprintf(a.Err, "jottarun: %v\n", err)
	case errors.Is(err, jotta.ErrUnauthorized):
		fmt.Fprintf(a.Err, "jottarun: %v. %s\n", err, hint)
	default:
		fmt.Fprintf(a.Err, "jottarun: %v\n  %s\n", err, hint)
	}
}

// hint says what to type next.
func hint(err error) string {
	noDevice, isNoDevice := errors.AsType[*jotta.NoDeviceError](err)
	_, isNoBackupdir := errors.AsType[*jotta.NoBackupdirError](err)
	switch {
	case isNoDevice:
		return fmt.Sprintf("To create it, run: jottarun device add %s", noDevice.Device)
	case isNoBackupdir:
		return "Begin the job's target with one of these, or with a device of your own: jottarun device add NAME"
	case errors.Is(err, jotta.ErrUnauthorized), errors.Is(err, jotta.ErrNoCredentials):
		return signin.Hint(err)
	case errors.Is(err, jotta.ErrHostNotAllowed):
		return "If logins and files may go there, name the host under account.allowed_hosts in the jobs file."
	case errors.Is(err, jotta.ErrUnavailable):
		return "The login is kept; try again later."
	}
	return ""
}
