package app

import (
	"crypto/tls"
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
	_, isUntrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case isNoDevice:
		return fmt.Sprintf("To create it, run: jottarun device add %s", noDevice.Device)
	case isNoBackupdir:
		return "Begin the job's target with one of these, or with a device of your own: jottarun device add NAME"
	case errors.Is(err, jotta.ErrUnauthorized), errors.Is(err, jotta.ErrNoCredentials):
		return signin.Hint(err)
	case errors.Is(err, jotta.ErrHostNotAllowed):
		return "If logins and files may go there, name the host under account.allowed_hosts in the jobs file."
	case isUntrusted:
		return "Look at this machine's clock and its root certificates. For a server with an authority of its own, set SSL_CERT_FILE to that one's certificate."
	case errors.Is(err, jotta.ErrUnavailable):
		return "The login is kept; try again later."
	}
	return ""
}
