package emulator

import "net/http"

// trashFile is POST ...?dl=true. A path that does not exist is fine; a folder is not.
func (x *exchange) trashFile() error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		held := x.server.tree.file(x.names)
		switch {
		case held == nil && x.server.tree.folder(x.names) != nil:
			return nil, noSuchFile(x.path())
		case held == nil || held.deleted != never:
			return nil, nil
		}
		trashed := held.record()
		trashed.Deleted = recordTime(x.server.now())
		return []record{trashed}, nil
	}, func() {
		if held := x.server.tree.file(x.names); held != nil {
			doc = x.server.fileDocument(held)
		}
	})
	if err == nil && doc == nil {
		x.send(http.StatusOK, "text/xml", nil)
		return nil
	}
	return x.sendChanged(http.StatusOK, doc, err)
}

// trashFolder is POST ...?dlDir=true: the folder and all below it go to the trash.
func (x *exchange) trashFolder() error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		found, err := x.removable()
		if err != nil || found.deleted != never {
			return nil, err
		}
		return []record{{Op: opTrash, Path: joinNames(x.names), Deleted: recordTime(x.server.now())}}, nil
	}, func() {
		doc = x.server.folderDocument(x.server.tree.folder(x.names))
	})
	return x.sendChanged(http.StatusOK, doc, err)
}

// removeFile is POST ...?rm=true: for good, whether in the trash or not.
func (x *exchange) removeFile() error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		held := x.server.tree.file(x.names)
		if held == nil {
			return nil, noSuchFile(x.path())
		}
		doc = x.server.fileDocument(held)
		return []record{{Op: opDrop, Path: joinNames(x.names)}}, nil
	}, nil)
	return x.sendChanged(http.StatusOK, doc, err)
}

// removeFolder is POST ...?rmDir=true: for good, with all below it, in the trash or not.
func (x *exchange) removeFolder() error {
	var doc *document
	err := x.server.change(func() ([]record, error) {
		found, err := x.removable()
		if err != nil {
			return nil, err
		}
		doc = x.server.folderDocument(found)
		return []record{{Op: opDrop, Path: joinNames(x.names), Dir: true}}, nil
	}, nil)
	return x.sendChanged(http.StatusOK, doc, err)
}

// removable finds the folder to delete. A mountpoint is none [?].
func (x *exchange) removable() (*folder, error) {
	if err := x.server.writable(); err != nil {
		return nil, err
	}
	found := x.server.tree.folder(x.names)
	if found == nil {
		return nil, noSuchPath(x.path())
	}
	if len(x.names) < 3 {
		return nil, invalid("%s is a mountpoint", x.path())
	}
	return found, nil
}

// purged is the answer of purge_trash: how much was in the trash.
type purged struct {
	Folders int64 `json:"folders"`
	Files   int64 `json:"files"`
}

// purgeTrash is POST files/v1/purge_trash: it empties the trash.
func (x *exchange) purgeTrash() error {
	var answer purged
	err := x.server.change(func() ([]record, error) {
		if err := x.server.writable(); err != nil {
			return nil, err
		}
		var records []record
		records, answer = x.server.tree.emptied(x.server.now())
		return records, nil
	}, nil)
	if err != nil {
		return err
	}
	return x.sendJSON(http.StatusOK, answer)
}

// expireTrash drops what has been in the trash for too long.
func (s *Server) expireTrash() error {
	return s.change(func() ([]record, error) {
		records, _ := s.tree.emptied(s.options.Now().Add(-trashKept).Unix())
		return records, nil
	}, nil)
}

// emptied gives the records that drop what went to the trash at a time or before.
func (t *tree) emptied(before int64) (records []record, count purged) {
	gone := func(deleted int64) bool { return deleted != never && deleted <= before }
	var visit func(*folder)
	visit = func(f *folder) {
		for _, held := range f.sortedFiles() {
			if gone(held.deleted) {
				records = append(records, record{Op: opDrop, Path: joinNames(held.names())})
				count.Files++
			}
		}
		for _, inner := range f.sortedFolders() {
			visit(inner)
			if gone(inner.deleted) && inner.allGone(gone) {
				records = append(records, record{Op: opDrop, Path: joinNames(inner.names()), Dir: true})
				count.Folders++
			}
		}
	}
	visit(t.root)
	return records, count
}

// allGone says that nothing below f is kept: a folder goes after what was in it.
func (f *folder) allGone(gone func(int64) bool) bool {
	for _, held := range f.files {
		if !gone(held.deleted) {
			return false
		}
	}
	for _, inner := range f.folders {
		if !gone(inner.deleted) || !inner.allGone(gone) {
			return false
		}
	}
	return true
}
