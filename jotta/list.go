package jotta

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// List reads everything below the folder p in one request: the whole of it, or an
// error, never a part. A folder that does not exist, or is in the trash, has
// nothing below it; a device that does not exist is a *NoDeviceError.
func (c *Client) List(ctx context.Context, p Path) (*Listing, error) {
	op := c.operation("list", p)
	if _, err := ParsePath(string(p)); err != nil {
		return nil, op.fail(err)
	}
	var listing *Listing
	err := op.run(ctx, func(ctx context.Context) (err error) {
		listing, err = op.listStream(ctx)
		if errors.Is(err, ErrNotFound) {
			listing, err = op.listMissing(ctx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listing, nil
}

func (o *operation) listStream(ctx context.Context) (*Listing, error) {
	u, err := o.jfsURL(ctx, o.path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = "mode=liststream"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := o.send(ctx, req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	listing, err := parseListStream(resp.Body, o.path)
	if errors.Is(err, ErrTornListing) {
		err = temporaryError{err} // asked again, it may come whole
	}
	return listing, err
}

// listMissing finds out what of the path it is that does not exist. That a folder
// is missing is only believed of a service which knows the device.
func (o *operation) listMissing(ctx context.Context) (*Listing, error) {
	u, err := o.jfsURL(ctx, Path("/"+o.path.Device()))
	if err != nil {
		return nil, err
	}
	var device deviceXML
	err = o.getXML(ctx, u, &device)
	if errors.Is(err, ErrNotFound) {
		return nil, o.noDevice(ctx)
	}
	if err != nil {
		return nil, err
	}
	listing, err := NewListingBuilder().Build()
	if err != nil {
		return nil, err
	}
	listing.MissingBackupdir = !device.has(o.path.Backupdir())
	return listing, nil
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
	Backupdirs []struct {
		Name    string  `xml:"name"`
		Deleted *string `xml:"deleted,attr"` // any value: it is in the trash
	} `xml:"mountPoints>mountPoint"`
}

func (x deviceXML) has(backupdir string) bool {
	want := FoldName(EncodeName(backupdir))
	for _, b := range x.Backupdirs {
		if b.Deleted == nil && FoldName(b.Name) == want {
			return true
		}
	}
	return false
}
