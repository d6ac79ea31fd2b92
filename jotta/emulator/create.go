package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// The built-in device and its mountpoints, which cannot be added to.
const builtInDevice = "Jotta"

func builtInMountpoints() []string { return []string{"Archive", "Shared", "Sync"} }

// furnish gives the account what it has from the start.
func (s *Server) furnish() error {
	return s.change(func() ([]record, error) {
		var records []record
		if s.tree.folder([]string{builtInDevice}) == nil {
			records = append(records, newDevice(builtInDevice, "JOTTA", s.now()))
			for _, name := range builtInMountpoints() {
				records = append(records, record{Op: opFolder, Path: joinNames([]string{builtInDevice, name})})
			}
		}
		if s.tree.grants[signingKey].Kind == "" {
			records = append(records, newSigningKey())
		}
		for _, name := range s.options.Devices {
			if err := checkName(name); err != nil {
				return nil, err
			}
			known := s.tree.folder([]string{name}) != nil || slices.ContainsFunc(records, func(r record) bool {
				return r.Op == opDevice && fold(r.Path) == fold("/"+name)
			})
			if !known {
				records = append(records, newDevice(name, "WORKSTATION", s.now()))
			}
		}
		return records, nil
	}, nil)
}

func newDevice(name, kind string, now int64) record {
	return record{Op: opDevice, Path: "/" + name, Device: &deviceRecord{kind, randomUUID(), now}}
}

// createDevice is POST /<user>/<device>?type=WORKSTATION. It answers 201, whether or
// not the device was there; one that was keeps its spelling and type.
func (x *exchange) createDevice() error {
	kind := x.query.Get("type")
	if kind == "" || strings.Trim(kind, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		return invalid("device type %q is not known", kind)
	}
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		if x.server.tree.folder(x.names) != nil {
			return nil, nil
		}
		return []record{newDevice(x.names[0], kind, x.server.now())}, nil
	}, func() {
		doc = x.server.deviceDocument(x.server.tree.folder(x.names))
	})
	return x.sendChanged(http.StatusCreated, doc, err)
}

// createMountpoint is POST /<user>/<device>/<mountpoint>: 201, or 200 if it was there.
func (x *exchange) createMountpoint() error {
	status := http.StatusOK
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		owner := x.server.tree.folder(x.names[:1])
		switch {
		case owner == nil:
			return nil, noSuchPath(x.path())
		case x.server.tree.folder(x.names) != nil:
			return nil, nil
		case owner.device.kind == "JOTTA":
			return nil, refuse(http.StatusForbidden, idInvalidArgument, "mountpoints of %s are fixed", owner.name) // status [?]
		}
		status = http.StatusCreated
		return []record{{Op: opFolder, Path: joinNames(x.names)}}, nil
	}, func() {
		doc = x.server.folderDocument(x.server.tree.folder(x.names))
	})
	return x.sendChanged(status, doc, err)
}

// makeFolder is POST ...?mkDir=true: the folder and its parents. It is fine if the
// folder exists; out of the trash it comes alone, what was in it stays there.
func (x *exchange) makeFolder() error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		return x.server.tree.prepare(x.names)
	}, func() {
		doc = x.server.folderDocument(x.server.tree.folder(x.names))
	})
	return x.sendChanged(http.StatusOK, doc, err)
}

// prepare gives the records that make a folder live, with all its parents. Device and
// mountpoint must be there; a file in the way is a conflict [?].
func (t *tree) prepare(names []string) ([]record, error) {
	if len(names) < 2 || t.folder(names[:2]) == nil {
		return nil, noSuchPath(joinNames(names))
	}
	var records []record
	for depth := 3; depth <= len(names); depth++ {
		path := names[:depth]
		if held := t.file(path); held != nil && held.deleted == never {
			return nil, refuse(http.StatusConflict, idConflict, "%s is a file", joinNames(path))
		}
		if found := t.folder(path); found == nil || found.deleted != never {
			records = append(records, record{Op: opFolder, Path: joinNames(path)})
		}
	}
	return records, nil
}

// writable refuses changes while the account is locked.
func (s *Server) writable() error {
	if s.tree.account.WriteLocked {
		return refuse(http.StatusForbidden, idLocked, "the account is write-locked")
	}
	return nil
}

func (x *exchange) sendChanged(status int, doc *document, err error) error {
	if err == nil {
		x.sendXML(status, doc)
	}
	return err
}
