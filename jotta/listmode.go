package jotta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// listMode is a way to ask for a tree. Each is older than the one before it, and costs
// more.
type listMode int32

const (
	listByStream listMode = iota // ?mode=liststream: one answer, counted
	listByFlat                   // ?mode=list: one answer, with all that is not wanted
	listByFolder                 // one request a folder
)

func (m listMode) String() string {
	return [...]string{"mode=liststream", "mode=list", "folder by folder"}[m]
}

// listTree lists in the newest way that the service knows. That it does not know one is
// only believed, and remembered, once an older one has succeeded. Trouble of any other
// kind is never a reason to try an older way.
func (c *Client) listTree(ctx context.Context, p Path) (*Listing, error) {
	for mode := c.old.listMode(); ; mode++ {
		listing, err := c.listBy(ctx, mode, p)
		switch {
		case err == nil:
			c.noteListMode(mode)
			return listing, nil
		case mode == listByFolder || !isNotOffered(err):
			return nil, err
		}
	}
}

func (c *Client) listBy(ctx context.Context, mode listMode, p Path) (*Listing, error) {
	op := c.operation("list", p)
	switch mode {
	case listByStream:
		return runFor(ctx, op, func(ctx context.Context) (*Listing, error) {
			return op.listDocument(ctx, "mode=liststream", parseListStream)
		})
	case listByFlat:
		return runFor(ctx, op, func(ctx context.Context) (*Listing, error) {
			return op.listDocument(ctx, "mode=list", parseFlatList)
		})
	}
	return c.listFolders(ctx, p)
}

// listDocument asks for the whole tree in one answer.
func (o *operation) listDocument(ctx context.Context, query string, parse func(io.Reader, Path) (*Listing, error)) (*Listing, error) {
	at, err := o.jfsURL(ctx, o.path)
	if err != nil {
		return nil, err
	}
	at.RawQuery = query
	var listing *Listing
	err = o.readListing(ctx, at, func(body io.Reader) (err error) {
		listing, err = parse(body, o.path)
		return err
	})
	return listing, err
}

// readListing makes one attempt at a listing, which may be long.
func (o *operation) readListing(ctx context.Context, at *url.URL, parse func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return err
	}
	resp, err := o.send(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	err = parse(resp.Body)
	if errors.Is(err, ErrTornListing) {
		return temporaryError{err} // asked again, it may come whole
	}
	return err
}

// torn says that a listing is not whole, unless err says that there is none to be had.
func torn(err error) error {
	if err == nil || errors.Is(err, ErrNotFolder) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrTornListing, err)
}
