package emulator

// fileDirList is GET ...?mode=list, the older form of a whole tree: a flat list of
// folders, each with its files, incomplete and trashed ones included.
func (x *exchange) fileDirList() error {
	return x.render(func(s *Server) (*document, error) {
		top := s.tree.folder(x.names)
		if top == nil {
			return nil, noSuchPath(x.path())
		}
		doc := newDocument()
		doc.open("filedirlist", s.stamp()...)
		doc.open("folders")
		top.walk(func(f *folder) {
			doc.open("folder", deletedAttribute([]string{"name", f.name}, f.deleted)...)
			doc.place(s.options.Username, f.names())
			if len(f.files) > 0 {
				doc.open("files")
				for _, held := range f.sortedFiles() {
					doc.file(held)
				}
				doc.close("files")
			}
			doc.close("folder")
		})
		doc.close("folders")
		doc.close("filedirlist")
		return doc, nil
	})
}
