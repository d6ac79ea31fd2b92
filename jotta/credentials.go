package jotta

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
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
	Home     string                      // the folder that .netrc is in; "": none
	Username string                      // which of several logins; "": the only one
}

const (
	usernameVariable = "JOTTACLOUD_USERNAME"
	passwordVariable = "JOTTACLOUD_PASSWORD"
	netrcVariable    = "NETRC"
)

// FindCredentials takes them from the environment, else from .netrc. Every error is an
// ErrNoCredentials and says what to do.
func FindCredentials(o CredentialOptions) (Credentials, error) {
	found, err := o.Environment()
	if err != nil || found.Username != "" {
		return found, err
	}
	return o.Netrc()
}

// Environment returns the credentials of the environment, none where there are none
// in it. One variable without the other is an ErrNoCredentials.
func (o CredentialOptions) Environment() (Credentials, error) {
	username, password := o.variable(usernameVariable), o.variable(passwordVariable)
	switch {
	case username != "" && password != "":
		return Credentials{username, Secret(password), usernameVariable + " and " + passwordVariable}, nil
	case username != "":
		return Credentials{}, fmt.Errorf("%w: %s is set, but %s is not", ErrNoCredentials, usernameVariable, passwordVariable)
	case password != "":
		return Credentials{}, fmt.Errorf("%w: %s is set, but %s is not", ErrNoCredentials, passwordVariable, usernameVariable)
	}
	return Credentials{}, nil
}

// Netrc returns the credentials of the file that $NETRC names, or of .netrc in the
// home folder. Every error is an ErrNoCredentials and says what to do.
func (o CredentialOptions) Netrc() (Credentials, error) {
	path := o.variable(netrcVariable)
	if path == "" && o.Home != "" {
		path = filepath.Join(o.Home, ".netrc")
	}
	if path == "" {
		return Credentials{}, fmt.Errorf("%w: set %s and %s", ErrNoCredentials, usernameVariable, passwordVariable)
	}
	logins, err := readNetrc(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Credentials{}, fmt.Errorf("%w: set %s and %s, or put a line into %s (chmod 600): machine jottacloud login NAME password PASSWORD",
			ErrNoCredentials, usernameVariable, passwordVariable, path)
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("%w: %w", ErrNoCredentials, err)
	}
	found, err := pickLogin(logins, o.Username)
	if err != nil {
		return Credentials{}, fmt.Errorf("%w: %s %w", ErrNoCredentials, path, err)
	}
	return Credentials{found.username, found.password, path}, nil
}

func (o CredentialOptions) variable(name string) string {
	if o.Lookup == nil {
		return ""
	}
	if value, ok := o.Lookup(name); ok {
		return value
	}
	return ""
}

// pickLogin returns the one login for this service; the default entry is the last
// resort. The error goes on after the file's name.
func pickLogin(logins []netrcLogin, username string) (netrcLogin, error) {
	fitting := filterLogins(logins, netrcLogin.isJotta)
	if len(fitting) == 0 {
		fitting = filterLogins(logins, netrcLogin.isDefault)
	}
	if len(fitting) == 0 {
		return netrcLogin{}, errors.New("has no entry for the machine jottacloud")
	}
	names := make([]string, len(fitting))
	for i, l := range fitting {
		names[i] = fmt.Sprintf("%q", l.username)
	}
	if username != "" {
		fitting = filterLogins(fitting, func(l netrcLogin) bool {
			return l.username == "" || strings.EqualFold(l.username, username)
		})
	}
	if len(fitting) == 0 {
		return netrcLogin{}, fmt.Errorf("has no login %q for jottacloud, but %s", username, strings.Join(names, ", "))
	}
	for _, l := range fitting {
		if username == "" && l.username != fitting[0].username {
			return netrcLogin{}, fmt.Errorf("has several logins for jottacloud, %s: name one of them as the account's username", strings.Join(names, ", "))
		}
	}
	found := fitting[0]
	found.username = cmp.Or(found.username, username)
	return found, found.check()
}

func filterLogins(logins []netrcLogin, keep func(netrcLogin) bool) []netrcLogin {
	return slices.DeleteFunc(slices.Clone(logins), func(l netrcLogin) bool { return !keep(l) })
}

func (l netrcLogin) check() error {
	switch {
	case l.username == "":
		return errors.New("has an entry for jottacloud without a login")
	case l.password == "":
		return errors.New("has an entry for jottacloud without a password")
	}
	return nil
}
