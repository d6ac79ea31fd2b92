package emulator

import (
	"net/http"
	"strings"
)

// moveFile is POST ...?mv=/<user>/.../new. The target's folder must be there [?]; a
// live file is not replaced [?], one in the trash is. What moves keeps its versions,
// and a file from the trash stays in the trash.
func (x *exchange) moveFile() error {
	return x.relocate("mv", func(to []string) ([]record, error) {
		t := x.server.tree
		source := t.file(x.names)
		if source == nil {
			return nil, noSuchFile(x.path())
		}
		if err := t.parentLives(to); err != nil {
			return nil, err
		}
		if other := t.file(to); other != nil && other != source && other.deleted == never {
			return nil, refuse(http.StatusConflict, idUnique, "%s exists", joinNames(to))
		}
		if inner := t.folder(to); inner != nil && inner.deleted == never {
			return nil, refuse(http.StatusConflict, idConflict, "%s is a folder", joinNames(to))
		}
		return []record{{Op: opMove, Path: joinNames(x.names), To: joinNames(to)}}, nil
	}, func(to []string) *document {
		return x.server.fileDocument(x.server.tree.file(to))
	})
}

// moveFolder is POST ...?mvDir=/<user>/.../new. The target's parents are made if need
// be. A folder that exists, even in the trash, is not replaced [?].
func (x *exchange) moveFolder() error {
	return x.relocate("mvDir", func(to []string) ([]record, error) {
		t := x.server.tree
		source, other := t.folder(x.names), t.folder(to)
		held := t.file(to)
		switch {
		case source == nil:
			return nil, noSuchPath(x.path())
		case len(x.names) < 3:
			return nil, invalid("%s is a mountpoint", x.path())
		case within(to, x.names):
			return nil, invalid("%s lies within %s", joinNames(to), joinNames(x.names))
		case other != nil && other != source, held != nil && held.deleted == never:
			return nil, refuse(http.StatusConflict, idConflict, "%s exists", joinNames(to))
		}
		records, err := t.prepare(to[:len(to)-1])
		return append(records, record{Op: opMove, Path: joinNames(x.names), To: joinNames(to), Dir: true}), err
	}, func(to []string) *document {
		return x.server.folderDocument(x.server.tree.folder(to))
	})
}

// copyFile is POST ...?cp=/<user>/.../new. Onto a file it makes a new version; if
// that file is in the trash, the copy is left in the trash too, as clients have seen.
func (x *exchange) copyFile() error {
	return x.relocate("cp", func(to []string) ([]record, error) {
		t := x.server.tree
		source := t.file(x.names)
		if source == nil || !source.live() {
			return nil, noSuchFile(x.path())
		}
		if err := t.parentLives(to); err != nil {
			return nil, err
		}
		if inner := t.folder(to); inner != nil && inner.deleted == never {
			return nil, refuse(http.StatusConflict, idConflict, "%s is a folder", joinNames(to))
		}
		version := *source.current
		version.updated = x.server.now()
		if err := x.server.withinQuota(to, version.size); err != nil {
			return nil, err
		}
		return []record{t.withVersion(to, version)}, nil
	}, func(to []string) *document {
		return x.server.fileDocument(x.server.tree.file(to))
	})
}

// relocate does what mv, mvDir and cp have in common.
func (x *exchange) relocate(verb string, decide func([]string) ([]record, error), look func([]string) *document) error {
	to, err := x.target(x.query.Get(verb))
	if err != nil {
		return err
	}
	var doc *document
	err = x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		return decide(to)
	}, func() { doc = look(to) })
	return x.sendChanged(http.StatusOK, doc, err)
}

// parentLives says that the folder of a path is there, and not in the trash.
func (t *tree) parentLives(names []string) error {
	if parent := t.folder(names[:len(names)-1]); parent == nil || parent.deleted != never {
		return noSuchPath(joinNames(names))
	}
	return nil
}

// target reads the path of a query: with the user, not escaped any more.
func (x *exchange) target(path string) ([]string, error) {
	names, err := splitPlain(path)
	if err != nil {
		return nil, err
	}
	if fold(names[0]) != fold(x.server.options.Username) {
		return nil, noSuchPath(path)
	}
	if len(names) < 4 {
		return nil, invalid("target %q is not below a mountpoint", path)
	}
	return names[1:], nil
}

// within says that inner is a path below outer.
func within(inner, outer []string) bool {
	return len(inner) > len(outer) && strings.HasPrefix(fold(joinNames(inner)), fold(joinNames(outer))+"/")
}
