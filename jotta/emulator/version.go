package emulator

import (
	"fmt"
	"net/http"
	"time"
)

// withVersion gives the record by which a path gets a new current version. Older ones
// are kept up to the service's limit; whether it is in the trash stays as it is, and
// an upload that was on its way is given up.
func (t *tree) withVersion(names []string, version revision) record {
	held := t.file(names)
	if held == nil {
		version.number = 1
		return record{Op: opFile, Path: joinNames(names), File: &fileRecord{UUID: randomUUID(), Current: ptr(version.record())}}
	}
	version.number = held.nextNumber()
	changed := held.record()
	if held.current != nil {
		older := append([]revisionRecord{held.current.record()}, changed.File.Older...)
		changed.File.Older = older[:min(len(older), keptRevisions-1)]
	}
	changed.File.Current = ptr(version.record())
	changed.File.Upload = nil
	return changed
}

// withTimes gives the record by which a file, whose content is right already, gets
// other times and comes out of the trash.
func (f *file) withTimes(created, modified, now int64) record {
	version := *f.current
	version.created, version.modified, version.updated = created, modified, now
	changed := f.record()
	changed.Deleted = nil
	changed.File.Current = ptr(version.record())
	changed.File.Upload = nil
	return changed
}

// has says that the account holds this content, in whatever version of whatever file.
func (t *tree) has(sum [16]byte, size int64) bool {
	known := t.content[sum]
	return known != nil && known.size == size
}

// withinQuota refuses a version that would not fit. What it replaces counts no more.
func (s *Server) withinQuota(names []string, size int64) error {
	quota := s.tree.account.Quota
	if quota < 0 {
		return nil
	}
	usage := s.tree.usage + size
	if held := s.tree.file(names); held != nil && held.current != nil {
		usage -= held.current.size
	}
	if usage > quota {
		return refuse(statusOverQuota, idOverQuota, "quota of %d bytes is exceeded", quota)
	}
	return nil
}

// linkContent is POST <file>?cphash=true: the path shall hold the content that the
// headers describe, without it being sent. 404 says that it has to be sent.
func (x *exchange) linkContent() error {
	want, err := x.wanted()
	if err != nil {
		return err
	}
	var doc *document
	s := x.server
	err = s.change(func() ([]record, error) {
		return s.link(x.names, want)
	}, func() { doc = s.fileDocument(s.tree.file(x.names)) })
	return x.sendChanged(http.StatusOK, doc, err)
}

func (s *Server) link(names []string, want revision) ([]record, error) {
	if err := s.placeable(names); err != nil {
		return nil, err
	}
	held := s.tree.file(names)
	if (held == nil || !held.holds(want.digest.sum, want.size)) && !s.tree.has(want.digest.sum, want.size) {
		return nil, noSuchFile(joinNames(names))
	}
	return s.place(names, want)
}

// place gives the records by which a path holds content that the account has.
func (s *Server) place(names []string, want revision) ([]record, error) {
	records, err := s.tree.prepare(names[:len(names)-1])
	if err != nil {
		return nil, err
	}
	if held := s.tree.file(names); held != nil && held.holds(want.digest.sum, want.size) {
		return append(records, held.withTimes(want.created, want.modified, want.updated)), nil
	}
	if err := s.withinQuota(names, want.size); err != nil {
		return nil, err
	}
	placed := s.tree.withVersion(names, want)
	placed.Deleted = nil
	return append(records, placed), nil
}

// placeable says that a file may be at this path.
func (s *Server) placeable(names []string) error {
	if err := s.writable(); err != nil {
		return err
	}
	if len(names) < 3 {
		return invalid("%s is not below a mountpoint", joinNames(names))
	}
	if inner := s.tree.folder(names); inner != nil && inner.deleted == never {
		return refuse(http.StatusConflict, idConflict, "%s is a folder", joinNames(names))
	}
	return nil
}

// wanted reads the headers JSize, JMd5, JCreated and JModified.
func (x *exchange) wanted() (revision, error) {
	header := x.r.Header
	sum, ok := parseDigest(header.Get("JMd5"))
	if !ok {
		return revision{}, invalid("header JMd5 %q is no MD5", header.Get("JMd5"))
	}
	size, err := parseCount(header.Get("JSize"))
	if err != nil {
		return revision{}, invalid("header JSize %q is no size", header.Get("JSize"))
	}
	want := revision{digest: sum, size: size, updated: x.server.now()}
	if want.modified, err = parseTime(header.Get("JModified"), want.updated); err != nil {
		return revision{}, err
	}
	want.created, err = parseTime(header.Get("JCreated"), want.modified)
	return want, err
}

// parseTime reads a time in any form that clients send; whole seconds are kept. An
// empty one is the fallback [?].
func parseTime(text string, fallback int64) (int64, error) {
	if text == "" {
		return fallback, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02-T15:04:05Z0700", "2006-01-02-T15:04:05Z07:00"} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.Unix(), nil
		}
	}
	return 0, fmt.Errorf("parse time: %w", invalid("%q is no time", text))
}

func ptr[T any](value T) *T { return &value }
