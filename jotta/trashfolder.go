package jotta

import (
	"context"
	"errors"
)

// ErrNotEmpty says that something in a folder is not in the trash.
var ErrNotEmpty = errors.New("the folder is not empty")

// TrashEmptyFolder puts a folder into the trash, if nothing is in it but what is in
// the trash itself. Anything else in it, be it an empty folder or a file that has not
// arrived in full, is an ErrNotEmpty. That there is no such folder is fine. What
// another device puts into it between the look and the removal goes with it, to the
// trash.
func (c *Client) TrashEmptyFolder(ctx context.Context, p Path) error {
	r := removal{operation: c.operation("trash folder", p), query: "dlDir=true", kind: folderNode}
	return r.remove(ctx)
}

// refuseNotEmpty looks into the folder, before each attempt to remove it.
func (r *removal) refuseNotEmpty(ctx context.Context) (gone bool, err error) {
	found, err := r.lookInto(ctx, r.path)
	switch {
	case err != nil:
		return false, err
	case found.kind == "", found.trashed:
		return true, nil
	case found.kind != folderNode:
		return false, ErrNotFolder
	case found.contents.holdsLive():
		return false, ErrNotEmpty
	}
	return false, nil
}

func (f *jfsFolder) holdsLive() bool {
	for i := range f.folders {
		if !f.folders[i].trashed {
			return true
		}
	}
	for i := range f.files {
		if !f.files[i].trashed {
			return true
		}
	}
	return false
}
