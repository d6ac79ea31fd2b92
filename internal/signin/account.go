// Package signin finds the login for an account: in the environment, in the state
// folder, in .netrc. It makes new logins, keeps them for later runs, and forgets them.
//
// How a login is proved to the service is jotta's business; who is asked for a
// password, and what is printed, is the command's.
package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/jotta"
)

// Account is an account and where its logins are found and kept. It may be copied.
type Account struct {
	config.Account
	StateDir string                      // where logins are kept
	Lookup   func(string) (string, bool) // of the environment
	Home     string                      // of the user, for .netrc
	Options  jotta.LoginOptions
}

// Title is the service's name for people.
func (a Account) Title() string {
	if brand, ok := jotta.FindBrand(a.Service); ok {
		return brand.Title
	}
	if a.Service == config.ServiceCustom {
		return a.Endpoints.API
	}
	return "the embedded cloud"
}

// key names the account that a login is kept for: the service and, where the jobs file
// has them, its address and its user.
func (a Account) key() string {
	if a.Service != config.ServiceCustom && a.Username == "" {
		return a.Service
	}
	return a.Service + "-" + digest(a.Endpoints.API, strings.ToLower(a.Username))
}

// tokenSession is the session of a login token.
func tokenSession(token jotta.LoginToken) string { return tokenPrefix + token.Digest }

const tokenPrefix = "token-"

// passwordSession is the session of a user of a server that takes passwords. The
// password is no part of the name, so that nobody can guess it from there.
func (a Account) passwordSession(username string) string {
	return "password-" + digest(a.Endpoints.Token, strings.ToLower(username))
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
