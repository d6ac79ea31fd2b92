package jotta

import (
	"context"
	"fmt"
)

// ListFolder reads what is directly in the folder p, in one request. A folder that does
// not exist, or is in the trash, is an ErrNotFound.
func (c *Client) ListFolder(ctx context.Context, p Path) (*Listing, error) {
	return c.listOther(ctx, &folderWalk{client: c, top: p, builder: NewListingBuilder(), shallow: true})
}

// ListTrashed reads what is in the trash of all that is, or was, below the folder p, the
// whole of it or an error: the complete files, and the folders that are in the trash
// themselves. It takes a request for each folder, as no other answer of the service
// shows the trash.
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
		return nil, op.fail(ErrNotFound)
	case err == nil && w.shallow && w.gone:
		return nil, op.fail(fmt.Errorf("%w: it is in the trash", ErrNotFound))
	}
	return found, err
}
