package jotta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// ErrExists says that something is where a file was to be moved.
var ErrExists = errors.New("something is there already")

// Move gives a file another path within the account, with all its versions and without
// sending a byte; folders are created as needed. Nothing may be at the new path, not
// even in the trash: the service would drop that one's versions [?], or leave what is
// moved in the trash too. That is an ErrExists; a file that is not there is an
// ErrNotFound. Where a move had another end than the whole or nothing, the error says
// what is where.
func (c *Client) Move(ctx context.Context, from, to Path) error {
	m := &moving{operation: c.operation("move", from), to: to}
	if err := m.check(); err != nil {
		return m.fail(err)
	}
	moving := change{do: m.do, done: m.done}
	return m.run(ctx, moving.try)
}

type moving struct {
	*operation
	to   Path
	file RemoteFile // what is to be moved
	sent bool       // the request to move it
}

func (m *moving) check() error {
	if err := errors.Join(checkBelowBackupdir(m.path), checkBelowBackupdir(m.to)); err != nil {
		return err
	}
	if FoldName(m.path.encode()) == FoldName(m.to.encode()) {
		return fmt.Errorf("%w: %q is the same path to the service", ErrExists, string(m.to))
	}
	return nil
}

func (m *moving) do(ctx context.Context) error {
	if err := m.lookAtBoth(ctx); err != nil {
		return err
	}
	if err := m.makeParent(ctx); err != nil {
		return err
	}
	return m.post(ctx)
}

func (m *moving) lookAtBoth(ctx context.Context) error {
	source, err := m.look(ctx, m.path)
	if err != nil {
		return err
	}
	if m.file, err = source.complete(); err != nil {
		return err
	}
	target, err := m.look(ctx, m.to)
	if err != nil {
		return err
	}
	if target.kind != "" {
		return fmt.Errorf("%w: %q is %s", ErrExists, string(m.to), target.describe())
	}
	return nil
}

// makeParent creates the folder that the file is to be in, unless that is the one it
// is in, or a backupdir.
func (m *moving) makeParent(ctx context.Context) error {
	parent, inFolder := m.to.parent()
	from, _ := m.path.parent()
	if !inFolder || FoldName(parent.encode()) == FoldName(from.encode()) {
		return nil
	}
	made, err := m.ask(ctx, question{method: http.MethodPost, path: parent, query: "mkDir=true"})
	switch {
	case err != nil:
		return err
	case made.kind != folderNode, made.trashed:
		return fmt.Errorf("%w: the new folder %q is %s", ErrBadAnswer, string(parent), made.describe())
	}
	return made.check(parent)
}

func (m *moving) post(ctx context.Context) error {
	user, err := m.user(ctx)
	if err != nil {
		return err
	}
	m.sent = true
	query := "mv=" + escapePath(user) + m.to.escape()
	moved, err := m.ask(ctx, question{method: http.MethodPost, path: m.path, query: query})
	if err != nil {
		return err
	}
	if err := moved.check(m.to); err != nil {
		return err
	}
	if !m.isAt(moved) {
		return fmt.Errorf("%w: %q became %s", ErrBadAnswer, string(m.to), moved.describe())
	}
	return nil
}

// done reports whether the file is at its new path and no more at the old one, and
// false where all is as it was. Anything else is an error.
func (m *moving) done(ctx context.Context) (bool, error) {
	if !m.sent {
		return false, nil
	}
	source, err := m.look(ctx, m.path)
	if err != nil {
		return false, err
	}
	target, err := m.look(ctx, m.to)
	if err != nil {
		return false, err
	}
	left := source.kind == "" || source.trashed
	switch {
	case left && m.isAt(target):
		return true, nil
	case !left && target.kind == "":
		return false, nil
	}
	return false, fmt.Errorf("%w: after the move the old path is %s and the new one, %q, is %s",
		ErrBadAnswer, source.describe(), string(m.to), target.describe())
}

// isAt reports whether n is the file that is to be moved, and not in the trash.
func (m *moving) isAt(n node) bool {
	file, err := n.complete()
	return err == nil && file.MD5 == m.file.MD5 && file.Size == m.file.Size
}

func (n *node) describe() string {
	words := "a " + n.kind
	switch file, err := n.complete(); {
	case n.kind == "":
		return "missing"
	case n.trashed:
		return words + " in the trash"
	case err == nil:
		return fmt.Sprintf("a file with the MD5 %v", file.MD5)
	case n.kind == fileNode:
		return "a file that is not complete"
	}
	return words
}
