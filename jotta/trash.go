package jotta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Trash puts one file into the trash, where the service keeps it for 30 days. That
// there is none, or that it is there already, is fine; a folder is an error.
func (c *Client) Trash(ctx context.Context, p Path) error {
	r := removal{operation: c.operation("trash", p), query: "dl=true", kind: fileNode}
	return r.remove(ctx)
}

// Purge deletes one file for good, with all its versions, also from the trash. That
// there is none is fine; a folder is an error.
func (c *Client) Purge(ctx context.Context, p Path) error {
	r := removal{operation: c.operation("purge", p), query: "rm=true", kind: fileNode, forGood: true}
	return r.remove(ctx)
}

// removal is the way in which something goes. The service has one query for files and
// another for folders; the wrong one is answered by 404, as is a path that is missing.
type removal struct {
	*operation
	query   string
	kind    string
	forGood bool
}

func (r *removal) remove(ctx context.Context) error {
	if err := checkBelowBackupdir(r.path); err != nil {
		return r.fail(err)
	}
	removing := change{do: r.do, done: r.done}
	return r.run(ctx, removing.try)
}

func (r *removal) do(ctx context.Context) error {
	if r.kind == folderNode {
		if gone, err := r.refuseNotEmpty(ctx); gone || err != nil {
			return err
		}
	}
	return r.post(ctx)
}

// post asks for the removal. An answer that does not plainly say that it was done, such
// as the empty one to the removal of nothing, is a reason to look.
func (r *removal) post(ctx context.Context) error {
	answered, err := r.ask(ctx, question{method: http.MethodPost, path: r.path, query: r.query})
	switch {
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("%w: it does not find what it shows (%v)", ErrBadAnswer, err)
	case err != nil:
		return err
	case answered.kind != r.kind, !r.forGood && !answered.trashed:
		return fmt.Errorf("%w: it does not say that anything was removed", ErrBadAnswer)
	}
	return answered.check(r.path)
}

// done reports whether what was to go is gone. Where a name is both a file and a
// folder the service shows the one that lives [?].
func (r *removal) done(ctx context.Context) (bool, error) {
	found, err := r.look(ctx, r.path)
	switch {
	case err != nil:
		return false, err
	case found.kind == "":
		return true, nil
	case found.kind == r.kind:
		return found.trashed && !r.forGood, nil
	case found.trashed:
		return true, nil
	case r.kind == fileNode:
		return false, errNotFile
	}
	return false, ErrNotFolder
}
