package jotta

import (
	"context"
	"errors"
	"fmt"
)

// errNotFile is what asking for the content of a folder comes to.
var errNotFile = errors.New("it is a folder in the cloud, not a file")

// Stat returns the complete current revision of one file, its name as the service
// spells it. Where there is no such file, or none that is complete, or it is in the
// trash, that is an ErrNotFound.
func (c *Client) Stat(ctx context.Context, p Path) (RemoteFile, error) {
	op := c.operation("look up", p)
	if err := checkBelowBackupdir(p); err != nil {
		return RemoteFile{}, op.fail(err)
	}
	var file RemoteFile
	err := op.run(ctx, func(ctx context.Context) error {
		found, err := op.look(ctx, p)
		if err == nil {
			file, err = found.complete()
		}
		return err
	})
	return file, err
}

// complete returns the file's newest complete version.
func (n *node) complete() (RemoteFile, error) {
	switch {
	case n.kind == "":
		return RemoteFile{}, ErrNotFound
	case n.trashed:
		return RemoteFile{}, fmt.Errorf("%w: it is in the trash", ErrNotFound)
	case n.kind != fileNode:
		return RemoteFile{}, errNotFile
	case n.state != stateCompleted:
		return RemoteFile{}, fmt.Errorf("%w: no version of it is complete", ErrNotFound)
	case !n.known.size || !n.file.MD5.Known():
		return RemoteFile{}, fmt.Errorf("%w: a file without a size or an MD5", ErrBadAnswer)
	}
	file := n.file
	file.Name, file.Modified = DecodeName(n.name), n.file.Modified.UTC()
	return file, nil
}

// checkBelowBackupdir refuses what can be neither a file nor a folder of a backup.
func checkBelowBackupdir(p Path) error {
	if _, err := ParsePath(string(p)); err != nil {
		return err
	}
	if p.Folder() == "" {
		return errors.New("it is a backupdir, not something in one")
	}
	return nil
}
