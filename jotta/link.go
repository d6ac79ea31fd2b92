package jotta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ErrNotLinked says that the service does not make a path hold content which it is only
// told of: it has no such content, or does not offer this at all.
var ErrNotLinked = errors.New("the service does not give content back by its MD5")

// Link makes a path hold the content and times of v without sending a byte, creating
// folders as needed; what was there becomes an older version. Content that the account
// does not have, in whatever version of whatever file, is an ErrNotLinked; that older
// versions count among what it has is seen in the emulator only [?]. To repeat it is
// harmless.
func (c *Client) Link(ctx context.Context, p Path, v Version) error {
	l := &linking{operation: c.operation("link", p), version: v}
	if err := l.check(); err != nil {
		return l.fail(err)
	}
	return l.run(ctx, l.try)
}

type linking struct {
	*operation
	version    Version
	parentMade bool
}

func (l *linking) check() error {
	if err := checkBelowBackupdir(l.path); err != nil {
		return err
	}
	if l.version.Size < 0 || !l.version.MD5.Known() {
		return errors.New("the size or the MD5 of the content is not known")
	}
	return nil
}

func (l *linking) try(ctx context.Context) error {
	err := l.post(ctx)
	if _, inFolder := l.path.parent(); saysMissing(err) && inFolder && !l.parentMade {
		// It may be the folder that is missing [?].
		if err := l.makeParent(ctx); err != nil {
			return err
		}
		err = l.post(ctx)
	}
	if errors.Is(err, ErrNotFound) || isNotOffered(err) {
		return fmt.Errorf("%w: %w", ErrNotLinked, err)
	}
	return err
}

func (l *linking) post(ctx context.Context) error {
	linked, err := l.ask(ctx, question{method: http.MethodPost, path: l.path, query: "cphash=true", header: l.version.header()})
	if err != nil {
		return err
	}
	if err := linked.check(l.path); err != nil {
		return err
	}
	if file, err := linked.complete(); err != nil || file.MD5 != l.version.MD5 || file.Size != l.version.Size {
		return fmt.Errorf("%w: it became %s instead of one with the MD5 %v", ErrBadAnswer, linked.describe(), l.version.MD5)
	}
	return nil
}

func (l *linking) makeParent(ctx context.Context) error {
	parent, _ := l.path.parent()
	made, err := l.ask(ctx, question{method: http.MethodPost, path: parent, query: "mkDir=true"})
	if err == nil {
		err = made.check(parent)
	}
	l.parentMade = err == nil
	return err
}

func (v Version) header() http.Header {
	header := http.Header{}
	header.Set("JMd5", v.MD5.String())
	header.Set("JSize", strconv.FormatInt(v.Size, 10))
	if created := firstKnown(v.Created, v.Modified); !created.IsZero() {
		header.Set("JCreated", jfsTime(created))
	}
	if modified := firstKnown(v.Modified, v.Created); !modified.IsZero() {
		header.Set("JModified", jfsTime(modified))
	}
	return header
}

func firstKnown(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
