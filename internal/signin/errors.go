package signin

import (
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/jotta"
)

// OptionsError says that the account, as the jobs file has it, cannot be signed in to.
type OptionsError struct{ error }

func (e *OptionsError) Unwrap() error { return e.error }

// tokenError says which login token is of no use any more.
type tokenError struct {
	source string
	error
}

func (e *tokenError) Unwrap() error { return e.error }

// noPasswordsError is a password for a service that takes login tokens only.
type noPasswordsError struct{ service, source string }

func (e *noPasswordsError) Error() string {
	return fmt.Sprintf("sign in to %s with the password from %s: the service takes no passwords any more, but personal login tokens",
		e.service, e.source)
}

// Is makes the error an ErrUnauthorized.
func (e *noPasswordsError) Is(target error) bool { return target == jotta.ErrUnauthorized }

// Hint says what to do about a login that is missing or of no use; it is empty where
// nothing is known to help.
func Hint(err error) string {
	token, fromToken := errors.AsType[*tokenError](err)
	_, noPasswords := errors.AsType[*noPasswordsError](err)
	ended := errors.Is(err, jotta.ErrLoginExpired) || errors.Is(err, jotta.ErrLoginLost) || errors.Is(err, jotta.ErrTokenUsed)
	switch {
	case noPasswords:
		return "Make a login token on its web page, Settings > Security, and put it in the password's place"
	case ended && fromToken:
		return "Run: jottarun login, and remove the used token from " + token.source +
			"; or put a new one there (web page, Settings > Security)"
	case errors.Is(err, jotta.ErrTokenUsed):
		return "Make a new one on the web page, Settings > Security, and run: jottarun login"
	case ended, errors.Is(err, jotta.ErrNoCredentials):
		return "Run: jottarun login"
	case errors.Is(err, jotta.ErrOTPRequired):
		return "Run: jottarun login --otp CODE"
	}
	return ""
}
