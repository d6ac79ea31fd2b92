package emulator

import "strconv"

// The documents of JFS, one function each. They are written under the server's lock,
// into memory, and sent after it was released.

func (s *Server) userDocument() *document {
	t := s.tree
	doc := newDocument()
	doc.open("user", s.stamp()...)
	doc.text("username", s.options.Username)
	doc.text("account-type", accountType(t.account.Quota))
	doc.flag("locked", t.account.ReadLocked && t.account.WriteLocked)
	doc.integer("capacity", t.account.Quota)
	doc.integer("max-devices", -1)
	doc.integer("max-mobile-devices", -1)
	doc.integer("usage", t.usage)
	doc.flag("read-locked", t.account.ReadLocked)
	doc.flag("write-locked", t.account.WriteLocked)
	doc.flag("quota-write-locked", t.account.Quota >= 0 && t.usage >= t.account.Quota)
	doc.flag("enable-sync", true)
	doc.flag("enable-foldershare", true)
	doc.open("devices")
	for _, each := range t.root.sortedFolders() {
		doc.open("device")
		doc.device(each)
		doc.close("device")
	}
	doc.close("devices")
	doc.close("user")
	return doc
}

func (d *document) device(f *folder) {
	d.preserved("name", f.name)
	d.preserved("display_name", f.name)
	d.text("type", f.device.kind)
	d.text("sid", f.device.id)
	d.integer("size", f.size())
	d.when("modified", f.device.modified)
}

func (s *Server) deviceDocument(f *folder) *document {
	mountpoints := f.sortedFolders()
	doc := newDocument()
	doc.open("device", s.stamp()...)
	doc.device(f)
	doc.text("user", s.options.Username)
	doc.open("mountPoints")
	for _, each := range mountpoints {
		doc.open("mountPoint")
		doc.preserved("name", each.name)
		doc.integer("size", each.size())
		doc.when("modified", each.lastUpdate())
		doc.close("mountPoint")
	}
	doc.close("mountPoints")
	count := strconv.Itoa(len(mountpoints))
	doc.empty("metadata", "first", "", "max", "", "total", count, "num_mountpoints", count)
	doc.close("device")
	return doc
}

// lastUpdate is when content last arrived at or below f, or never.
func (f *folder) lastUpdate() int64 {
	var last int64 = never
	f.walk(func(inner *folder) {
		for _, held := range inner.files {
			if held.current != nil {
				last = max(last, held.current.updated)
			}
		}
	})
	return last
}

// folderDocument is one level of a mountpoint or folder, the trash included.
func (s *Server) folderDocument(f *folder) *document {
	names := f.names()
	doc := newDocument()
	if len(names) == 2 {
		doc.open("mountPoint", s.stamp()...)
		doc.preserved("name", f.name)
		doc.place(s.options.Username, names)
		doc.integer("size", f.size())
		doc.when("modified", f.lastUpdate())
		doc.text("device", names[0])
		doc.text("user", s.options.Username)
		doc.children(f)
		doc.close("mountPoint")
		return doc
	}
	doc.open("folder", append(deletedAttribute([]string{"name", f.name}, f.deleted), s.stamp()...)...)
	doc.place(s.options.Username, names)
	doc.children(f)
	doc.close("folder")
	return doc
}

func (d *document) children(f *folder) {
	folders, files := f.sortedFolders(), f.sortedFiles()
	if len(folders) > 0 {
		d.open("folders")
		for _, each := range folders {
			d.empty("folder", deletedAttribute([]string{"name", each.name}, each.deleted)...)
		}
		d.close("folders")
	}
	if len(files) > 0 {
		d.open("files")
		for _, each := range files {
			d.file(each)
		}
		d.close("files")
	}
	d.empty("metadata", "first", "", "max", "",
		"total", strconv.Itoa(len(folders)+len(files)),
		"num_folders", strconv.Itoa(len(folders)), "num_files", strconv.Itoa(len(files)))
}

// place names the parent: path and abspath never include the node itself.
func (d *document) place(user string, names []string) {
	parent := "/" + user + joinNames(names[:len(names)-1])
	d.preserved("path", parent)
	d.preserved("abspath", parent)
}

// file is a file as it stands in a listing: an incomplete one has no size there.
func (d *document) file(f *file) {
	d.open("file", deletedAttribute([]string{"name", f.name, "uuid", f.uuid}, f.deleted)...)
	d.latestVersions(f, false)
	d.close("file")
}

// fileDocument is a file asked for by itself: it lists the older versions, and what
// has arrived of an incomplete one.
func (s *Server) fileDocument(f *file) *document {
	doc := newDocument()
	doc.open("file", append(deletedAttribute([]string{"name", f.name, "uuid", f.uuid}, f.deleted), s.stamp()...)...)
	doc.place(s.options.Username, f.names())
	if f.share != "" {
		doc.text("publicURI", f.share)
		doc.text("publicSharePath", "/share/"+f.share) // [?]
	}
	doc.latestVersions(f, true)
	if len(f.older) > 0 {
		doc.open("revisions")
		for _, each := range f.older {
			doc.version("revision", each, "COMPLETED", each.size, f.name)
		}
		doc.close("revisions")
	}
	doc.close("file")
	return doc
}

const noSize = -1

func (d *document) latestVersions(f *file, alone bool) {
	if f.current != nil {
		d.version("currentRevision", *f.current, "COMPLETED", f.current.size, f.name)
	}
	if f.upload == nil {
		return
	}
	state, size := "INCOMPLETE", int64(noSize)
	if f.upload.corrupt {
		state = "CORRUPT"
	} else if alone {
		size = f.upload.partial.received.Load()
	}
	d.version("latestRevision", f.upload.target, state, size, f.name)
}

func (d *document) version(element string, r revision, state string, size int64, name string) {
	kind := mimeType(name)
	d.open(element)
	d.integer("number", int64(r.number))
	d.text("state", state)
	d.when("created", r.created)
	d.when("modified", r.modified)
	d.text("mime", kind)
	d.text("mstyle", mediaStyle(kind))
	if size != noSize {
		d.integer("size", size)
	}
	d.text("md5", r.digest.String())
	d.when("updated", r.updated)
	d.close(element)
}

// stamp is what every root element carries.
func (s *Server) stamp() []string { return []string{"time", formatTime(s.now()), "host", hostName} }

func deletedAttribute(attributes []string, when int64) []string {
	if when == never {
		return attributes
	}
	return append(attributes, "deleted", formatTime(when))
}
