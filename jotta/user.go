package jotta

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// accountUser is the account's internal name, which JFS addresses start with.
// It is not the e-mail address one signs in with.
type accountUser struct {
	turn chan struct{} // holds the right to read or write name
	name *string
}

func newAccountUser(name string) accountUser {
	return accountUser{turn: make(chan struct{}, 1), name: &name}
}

// accountNamer is an Authorizer that may know the account's name: with HTTP Basic it
// is the login.
type accountNamer interface {
	accountName(ctx context.Context) (string, error)
}

// user returns the account's name, asking for it where it is not known yet. While
// one goroutine asks the others wait; a failure is not remembered.
func (o *operation) user(ctx context.Context) (string, error) {
	u := o.client.user
	select {
	case u.turn <- struct{}{}:
		defer func() { <-u.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if *u.name != "" {
		return *u.name, nil
	}
	if login, ok := o.client.authorizer.(accountNamer); ok {
		name, err := login.accountName(ctx)
		if err != nil || name != "" {
			*u.name = name
			return name, err
		}
	}
	var customer struct {
		Username string `json:"username"`
	}
	if err := o.getJSON(ctx, o.client.endpoints.api.JoinPath("account/v1/customer"), &customer); err != nil {
		return "", err
	}
	switch name := customer.Username; {
	case name == "", name == ".", name == "..", strings.ContainsAny(name, "/\x00"):
		return "", fmt.Errorf("%w: %q as the account's name", ErrBadAnswer, harmless(name, 80))
	}
	*u.name = customer.Username
	return customer.Username, nil
}

// jfsURL returns the address of p, "" for the account itself.
func (o *operation) jfsURL(ctx context.Context, p Path) (*url.URL, error) {
	user, err := o.user(ctx)
	if err != nil {
		return nil, err
	}
	return o.client.endpoints.jfs.Parse(o.client.endpoints.jfs.Path + escapePath(user) + p.escape())
}

// escape returns the path as a URL needs it.
func (p Path) escape() string {
	if p == "" {
		return ""
	}
	return escapePath(strings.Split(strings.TrimPrefix(p.encode(), "/"), "/")...)
}
