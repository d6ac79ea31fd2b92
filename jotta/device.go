package jotta

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// newDeviceType is one of several that the service knows and seems to treat alike [?].
const newDeviceType = "WORKSTATION"

// The one device which the account has from the start.
const (
	builtInName = "Jotta"
	builtInType = "JOTTA"
)

// CreateDevice adds a device to the account. One that is there already is fine.
func (c *Client) CreateDevice(ctx context.Context, name string) error {
	if err := CheckName(name); err != nil || strings.Contains(name, "/") {
		return fmt.Errorf("create device %q: no device can have this name", name)
	}
	return c.create(ctx, "create device", Path("/"+name), "type="+newDeviceType)
}

// CreateBackupdir creates the backupdir that p is in. One that is there already is
// fine; on the built-in device the service refuses.
func (c *Client) CreateBackupdir(ctx context.Context, p Path) error {
	if _, err := ParsePath(string(p)); err != nil {
		return fmt.Errorf("create backupdir: %w", err)
	}
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
