package jotta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Version is one of those that the service keeps of a file's content. A time that the
// service does not say is zero.
type Version struct {
	Number   int    // from 1; a file's numbers never repeat
	State    string // "COMPLETED", "INCOMPLETE", "CORRUPT", or another word of the service
	Size     int64  // of an incomplete one: what has arrived; -1: not said
	MD5      MD5
	Created  time.Time
	Modified time.Time
	Updated  time.Time // when it was uploaded

	Current bool // the newest complete one: what a download gets
	Trashed bool // the file is in the trash, with all its versions
}

// Complete reports whether the version can be brought back.
func (v Version) Complete() bool { return v.State == stateCompleted && v.Size >= 0 && v.MD5.Known() }

// Versions returns what the service keeps of one file, newest first: up to five
// complete versions, and an upload that did not come to its end. A file in the trash has
// its versions too. Where there is no such file that is an ErrNotFound.
func (c *Client) Versions(ctx context.Context, p Path) ([]Version, error) {
	op := c.operation("list versions of", p)
	if err := checkBelowBackupdir(p); err != nil {
		return nil, op.fail(err)
	}
	return runFor(ctx, op, func(ctx context.Context) ([]Version, error) {
		found, err := op.lookWith(ctx, question{method: http.MethodGet, path: p, past: true})
		switch {
		case err != nil:
			return nil, err
		case found.kind == "":
			return nil, ErrNotFound
		case found.kind != fileNode:
			return nil, errNotFile
		}
		return found.versions, nil
	})
}

// readVersions reads a file asked for by itself.
func (n *node) readVersions(s *xmlScanner, root xmlTag) error {
	n.jfsEntry = readEntry(root)
	err := s.children(func(child xmlTag) error {
		switch name := string(child.name); name {
		case "path":
			path, _, err := s.content()
			n.parent = string(path)
			return err
		case "currentRevision", "latestRevision":
			return n.readVersion(s, name == "currentRevision")
		case "revisions":
			return s.children(func(tag xmlTag) error {
				if string(tag.name) == "revision" {
					return n.readVersion(s, false)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(n.versions, func(a, b Version) int { return b.Number - a.Number })
	return n.checkVersions()
}

// maxVersions is far more than the service keeps.
const maxVersions = 1000

func (n *node) readVersion(s *xmlScanner, current bool) error {
	v := Version{Size: -1, Current: current, Trashed: n.trashed}
	err := s.children(func(child xmlTag) error {
		name := string(child.name)
		if !isVersionField(name) {
			return nil
		}
		text, fault, err := s.content()
		if err != nil || fault != "" {
			return err
		}
		v.setField(name, string(bytes.TrimSpace(text)))
		return nil
	})
	if n.versions = append(n.versions, v); len(n.versions) > maxVersions {
		return fmt.Errorf("a <file> with more than %d revisions", maxVersions)
	}
	return err
}

func isVersionField(name string) bool {
	switch name {
	case "number", "state", "size", "md5", "created", "modified", "updated":
		return true
	}
	return false
}

// setField is lenient with what is wrong or missing: what cannot be read is not known.
func (v *Version) setField(name, value string) {
	switch name {
	case "number":
		number, _ := strconv.ParseUint(value, 10, 31)
		v.Number = int(number)
	case "state":
		v.State = harmless(value, 40)
	case "size":
		if size, err := strconv.ParseUint(value, 10, 63); err == nil {
			v.Size = int64(size)
		}
	case "md5":
		v.MD5, _ = ParseMD5(value)
	case "created":
		v.Created = parseJFSTime(value)
	case "modified":
		v.Modified = parseJFSTime(value)
	case "updated":
		v.Updated = parseJFSTime(value)
	}
}

func parseJFSTime(text string) time.Time {
	t, err := time.Parse(jfsTimeLayout, text)
	if err != nil {
		return time.Time{}
	}
	return clampYear(t)
}

// checkVersions makes sure that a number, where it is said, means one version, and that
// one is current at most: what is brought back by either must be what was meant.
func (n *node) checkVersions() error {
	current := 0
	for i, v := range n.versions {
		if v.Current {
			current++
		}
		if v.Number > 0 && i > 0 && n.versions[i-1].Number == v.Number {
			return fmt.Errorf("a <file> with two revisions of number %d", v.Number)
		}
	}
	if current > 1 {
		return errors.New("a <file> with two current revisions")
	}
	return nil
}
