package jotta

import (
	"context"
	"fmt"
)

// ListFolder reads what is directly in the folder p, in one request. A folder that does
// not exist, or is in the trash, is an ErrNotFound; a device that does not exist is a
// *NoDeviceError.
func (c *Client) ListFolder(ctx context.Context, p Path) (*Listing, error) {
	return c.listOther(ctx, &folderWalk{client: c, top: p, builder: NewListingBuilder(), shallow: true})
}

// ListTrashed reads which complete files are in the trash of all that is, or was, below
// the folder p, the whole of it or an error. It takes a request for each folder, as no
// other answer of the service shows the trash. A folder of the listing says no more than
// that there is such a file in it.
func (c *Client) ListTrashed(ctx context.Context, p Path) (*Listing, error) {
	return c.listOther(ctx, &folderWalk{client: c, top: p, builder: NewListingBuilder(), trashed: true})
}

func (c *Client) listOther(ctx context.Context, w *folderWalk) (*Listing, error) {
	op := c.operation("list", w.top)
	if _, err := ParsePath(string(w.top)); err != nil {
		return nil, op.fail(err)
	}
	found, err := w.list(ctx)
	switch {
	case saysMissing(err):
		return nil, op.missing(ctx)
	case err == nil && w.shallow && w.gone:
		return nil, op.fail(fmt.Errorf("%w: it is in the trash", ErrNotFound))
	}
	return found, err
}

// missing says what of the operation's path it is that does not exist.
func (o *operation) missing(ctx context.Context) error {
	found, err := runFor(ctx, o, o.listMissing)
	switch {
	case err != nil:
		return err
	case found.MissingBackupdir:
		return o.fail(fmt.Errorf("%w: the device has no backupdir %q", ErrNotFound, o.path.Backupdir()))
	}
	return o.fail(ErrNotFound)
}
