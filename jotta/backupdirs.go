package jotta

import (
	"context"
	"time"
)

// Backupdir is what JFS calls a mountpoint: a folder at the top of a device.
type Backupdir struct {
	Name     string // unescaped
	Size     int64
	Modified time.Time // when something was last uploaded into it; zero: never, or not said
}

// Backupdirs returns the backupdirs of a device, in the order in which the service names
// them. A device that does not exist is a *NoDeviceError.
func (c *Client) Backupdirs(ctx context.Context, device string) ([]Backupdir, error) {
	op := c.operation("list", Path("/"+device))
	if err := CheckName(device); err != nil {
		return nil, op.fail(err)
	}
	return runFor(ctx, op, op.backupdirs)
}

func (o *operation) backupdirs(ctx context.Context) ([]Backupdir, error) {
	device, err := o.device(ctx)
	if err != nil {
		return nil, err
	}
	var found []Backupdir
	for _, b := range device.Backupdirs {
		if b.Deleted == nil {
			found = append(found, Backupdir{Name: DecodeName(b.Name), Size: b.Size, Modified: parseJFSTime(b.Modified)})
		}
	}
	return found, nil
}
