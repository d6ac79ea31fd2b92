package jotta

import (
	"errors"
	"fmt"
	"path/filepath"
)

// Credentials are a user name and a password, and where they were found.
type Credentials struct {
	Username string
	Password Secret
	Source   string // "JOTTACLOUD_USERNAME and JOTTACLOUD_PASSWORD" or a file's path
}

// CredentialOptions say where to look for credentials.
type CredentialOptions struct {
	Lookup   func(string) (string, bool) // of the environment, such as os.LookupEnv
	Home     string                      // where .netrc is; "": nowhere
	Username string                      // which of several logins; "": the only one
}

const (
	usernameVariable = "JOTTACLOUD_USERNAME"
	passwordVariable = "JOTTACLOUD_PASSWORD"
	netrcVariable    = "NETRC"
)

// FindCredentials takes them from the environment, else from .netrc: the file that
// $NETRC names, or the one in the home folder.
func FindCredentials(o CredentialOptions) (Credentials, error) {
	username, password := o.variable(usernameVariable), o.variable(passwordVariable)
	switch {
	case username != "" && password != "":
		return Credentials{username, Secret(password), usernameVariable + " and " + passwordVariable}, nil
	case username != "":
		return Credentials{}, fmt.Errorf("%w: %s is set, but %s is not", ErrNoCredentials, usernameVariable, passwordVariable)
	case password != "":
		return Credentials{}, fmt.Errorf("%w: %s is set, but %s is not", ErrNoCredentials, passwordVariable, usernameVariable)
	}
	path := o.variable(netrcVariable)
	if path == "" && o.Home != "" {
		path = filepath.Join(o.Home, ".netrc")
	}
	if path == "" {
		return Credentials{}, fmt.Errorf("%w: set %s and %s", ErrNoCredentials, usernameVariable, passwordVariable)
	}
	return Credentials{}, errors.ErrUnsupported
}

func (o CredentialOptions) variable(name string) string {
	if o.Lookup == nil {
		return ""
	}
	value, _ := o.Lookup(name)
	return value
}
