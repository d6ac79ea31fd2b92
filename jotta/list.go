package jotta

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// List reads everything below the folder p, in one request where the service can
// answer so: the whole of it, or an error, never a part. A folder that does not exist,
// or is in the trash, has nothing below it; a device that does not exist is a
// *NoDeviceError, and so is a backupdir that cannot be created a *NoBackupdirError.
func (c *Client) List(ctx context.Context, p Path) (*Listing, error) {
	if _, err := ParsePath(string(p)); err != nil {
		return nil, c.operation("list", p).fail(err)
	}
	listing, err := c.listTree(ctx, p)
	if errors.Is(err, ErrNotFound) {
		op := c.operation("list", p)
		return runFor(ctx, op, op.listMissing)
	}
	return listing, err
}

// listMissing finds out what of the path it is that does not exist. That a folder
// is missing is only believed of a service which knows the device.
func (o *operation) listMissing(ctx context.Context) (*Listing, error) {
	device, err := o.device(ctx)
	if err != nil {
		return nil, err
	}
	listing, err := NewListingBuilder().Build()
	if err != nil {
		return nil, err
	}
	listing.MissingBackupdir = !device.has(o.path.Backupdir())
	if listing.MissingBackupdir && device.isBuiltIn() {
		return nil, &NoBackupdirError{Device: DecodeName(device.Name), Backupdir: o.path.Backupdir(), Existing: device.existing()}
	}
	return listing, nil
}

// device asks for the device that the operation's path is on.
func (o *operation) device(ctx context.Context) (deviceXML, error) {
	var device deviceXML
	u, err := o.jfsURL(ctx, Path("/"+o.path.Device()))
	if err != nil {
		return device, err
	}
	err = o.getXML(ctx, u, &device)
	if errors.Is(err, ErrNotFound) {
		err = o.noDevice(ctx)
	}
	return device, err
}

func (o *operation) noDevice(ctx context.Context) error {
	account, err := o.account(ctx)
	if err != nil {
		return err
	}
	missing := &NoDeviceError{Device: o.path.Device()}
	for _, d := range account.Devices {
		if FoldName(d.Name) == FoldName(missing.Device) {
			return fmt.Errorf("%w: the account has the device %q, and has it not", ErrBadAnswer, d.Name)
		}
		missing.Existing = append(missing.Existing, d.Name)
	}
	return missing
}

type deviceXML struct {
	XMLName    xml.Name `xml:"device"`
	Name       string   `xml:"name"`
	Type       string   `xml:"type"`
	Backupdirs []struct {
		Name     string  `xml:"name"`
		Size     int64   `xml:"size"`
		Modified string  `xml:"modified"`
		Deleted  *string `xml:"deleted,attr"` // any value: it is in the trash
	} `xml:"mountPoints>mountPoint"`
}

// isBuiltIn reports whether the device is the account's own, whose backupdirs are fixed.
func (x deviceXML) isBuiltIn() bool {
	return strings.EqualFold(x.Type, builtInType) || FoldName(x.Name) == FoldName(builtInName)
}

func (x deviceXML) has(backupdir string) bool {
	for _, name := range x.existing() {
		if FoldName(name) == FoldName(backupdir) {
			return true
		}
	}
	return false
}

func (x deviceXML) existing() []string {
	var names []string
	for _, b := range x.Backupdirs {
		if b.Deleted == nil {
			names = append(names, DecodeName(b.Name))
		}
	}
	return names
}
