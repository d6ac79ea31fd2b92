package jotta

import "context"

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
