package emulator

import "net/http"

// render writes a document under the read lock and sends it after.
func (x *exchange) render(write func(*Server) (*document, error)) error {
	x.server.mu.RLock()
	doc, err := x.readable(write)
	x.server.mu.RUnlock()
	if err == nil {
		x.sendXML(http.StatusOK, doc)
	}
	return err
}

func (x *exchange) readable(write func(*Server) (*document, error)) (*document, error) {
	// The account itself can be read in spite of the lock: it says so.
	if x.server.tree.account.ReadLocked && len(x.names) > 0 {
		return nil, refuse(http.StatusForbidden, idLocked, "the account is read-locked")
	}
	return write(x.server)
}

// user is GET /jfs/<user>: the account and its devices.
func (x *exchange) user() error {
	return x.render(func(s *Server) (*document, error) { return s.userDocument(), nil })
}

// device is GET of a device: its mountpoints.
func (x *exchange) device() error {
	return x.render(func(s *Server) (*document, error) {
		found := s.tree.folder(x.names)
		if found == nil {
			return nil, noSuchPath(x.path())
		}
		return s.deviceDocument(found), nil
	})
}

// metadata is GET of a mountpoint, folder or file. What is in the trash is found as
// well, and says so; where a name is both, the one that lives is meant [?].
func (x *exchange) metadata() error {
	return x.render(func(s *Server) (*document, error) {
		inner, held := s.tree.folder(x.names), s.tree.file(x.names)
		switch {
		case inner != nil && (inner.deleted == never || held == nil || held.deleted != never):
			return s.folderDocument(inner), nil
		case held != nil:
			return s.fileDocument(held), nil
		case s.tree.folder(x.names[:len(x.names)-1]) == nil:
			return nil, noSuchPath(x.path())
		}
		return nil, noSuchFile(x.path())
	})
}
