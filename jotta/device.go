package jotta

import (
	"bytes"
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
	return c.create(ctx, creation{"create device", Path("/" + name), "type=" + newDeviceType, "device"})
}

// CreateBackupdir creates the backupdir that p is in. One that is there already is
// fine; on the built-in device the service refuses.
func (c *Client) CreateBackupdir(ctx context.Context, p Path) error {
	if _, err := ParsePath(string(p)); err != nil {
		return fmt.Errorf("create backupdir: %w", err)
	}
	return c.create(ctx, creation{"create backupdir", Path("/" + p.Device() + "/" + p.Backupdir()), "", "mountPoint"})
}

// creation is a request that makes something, and what an answer describes that has
// done so.
type creation struct {
	name    string
	path    Path
	query   string
	element string
}

func (c *Client) create(ctx context.Context, what creation) error {
	op := c.operation(what.name, what.path)
	return op.run(ctx, func(ctx context.Context) error {
		u, err := op.jfsURL(ctx, what.path)
		if err != nil {
			return err
		}
		u.RawQuery = what.query
		return op.exchange(ctx, http.MethodPost, u, nil, func(answer []byte) error {
			// An empty answer of success may be all that a server has to say [?]; the page of
			// a proxy is not.
			if len(bytes.TrimSpace(answer)) > 0 && !bytes.Contains(answer, []byte("<"+what.element)) {
				return fmt.Errorf("it does not describe a %s", what.element)
			}
			return nil
		})
	})
}
