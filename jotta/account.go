package jotta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Account is what the service says about the account.
type Account struct {
	Username         string
	Devices          []Device
	Usage            int64 // bytes
	Capacity         int64 // bytes; -1: no limit
	Locked           bool
	ReadLocked       bool
	WriteLocked      bool
	QuotaWriteLocked bool
}

// Device is a computer of the account, or the built-in one, "Jotta".
type Device struct {
	Name string
	Type string // JOTTA for the built-in one, else WORKSTATION, LAPTOP, …
	Size int64  // bytes
}

// Account asks for the account and its devices.
func (c *Client) Account(ctx context.Context) (Account, error) {
	op := c.operation("read the account", "")
	var account Account
	err := op.run(ctx, func(ctx context.Context) (err error) {
		account, err = op.account(ctx)
		return err
	})
	return account, err
}

func (o *operation) account(ctx context.Context) (Account, error) {
	u, err := o.jfsURL(ctx, "")
	if err != nil {
		return Account{}, err
	}
	var answer userXML
	if err := o.getXML(ctx, u, &answer); err != nil {
		return Account{}, err
	}
	return answer.account(), nil
}

type userXML struct {
	XMLName          struct{} `xml:"user"`
	Username         string   `xml:"username"`
	Locked           bool     `xml:"locked"`
	Capacity         int64    `xml:"capacity"`
	Usage            int64    `xml:"usage"`
	ReadLocked       bool     `xml:"read-locked"`
	WriteLocked      bool     `xml:"write-locked"`
	QuotaWriteLocked bool     `xml:"quota-write-locked"`
	Devices          []struct {
		Name string `xml:"name"`
		Type string `xml:"type"`
		Size int64  `xml:"size"`
	} `xml:"devices>device"`
}

func (x userXML) account() Account {
	a := Account{
		Username: x.Username, Usage: x.Usage, Capacity: x.Capacity,
		Locked: x.Locked, ReadLocked: x.ReadLocked, WriteLocked: x.WriteLocked, QuotaWriteLocked: x.QuotaWriteLocked,
	}
	for _, d := range x.Devices {
		a.Devices = append(a.Devices, Device{Name: DecodeName(d.Name), Type: d.Type, Size: d.Size})
	}
	return a
}

// accountUser is the account's internal name, which JFS addresses start with.
// It is not the e-mail address one signs in with.
type accountUser struct {
	turn chan struct{} // holds the right to read or write name
	name *string
}

func newAccountUser(name string) accountUser {
	return accountUser{turn: make(chan struct{}, 1), name: &name}
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

// deviceTypes are not told apart by the service as far as is known; WORKSTATION is
// what its own clients use most.
const newDeviceType = "WORKSTATION"

// CreateDevice adds a device to the account. One that is there already is fine.
func (c *Client) CreateDevice(ctx context.Context, name string) error {
	return c.create(ctx, "create device", Path("/"+name), "type="+newDeviceType)
}

// CreateBackupdir creates the backupdir that p is in. One that is there already is
// fine; on the built-in device the service refuses.
func (c *Client) CreateBackupdir(ctx context.Context, p Path) error {
	return c.create(ctx, "create backupdir", Path("/"+p.Device()+"/"+p.Backupdir()), "")
}

func (c *Client) create(ctx context.Context, name string, p Path, query string) error {
	op := c.operation(name, p)
	return op.run(ctx, func(ctx context.Context) error {
		u, err := op.jfsURL(ctx, p)
		if err != nil {
			return err
		}
		u.RawQuery = query
		return op.exchange(ctx, http.MethodPost, u, nil, func([]byte) error { return nil })
	})
}
