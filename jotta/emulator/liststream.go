package emulator

import (
	"net/http"
	"strconv"
	"time"
)

// listing is what liststream needs of the tree, copied out under the lock so that
// streaming to a slow client holds nobody up. Paths are shared between the files of
// a folder.
type listing struct {
	folders []listedFolder
	files   []listedFile
}

type listedFolder struct {
	path  string
	files int // how many of the listing's files, in order, are this folder's
}

type listedFile struct {
	name     string
	revision revision
}

// flushEvery is how much of a stream is gathered before it is sent.
const flushEvery = 1 << 16

// listStream is GET ...?mode=liststream: the whole tree below a folder. Only what is
// complete and not in the trash is listed. Each folder comes before its files, unless
// they alone are to name it; the last element counts both, so that a reader can tell a
// torn listing.
func (x *exchange) listStream() error {
	found, err := x.gather()
	if err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	x.w.WriteHeader(http.StatusOK)
	doc := newDocument()
	doc.open("liststream", x.server.stamp()...) // nobody has noted the root's name [?]
	next := 0
	for _, folder := range found.folders {
		if folder.files == 0 || !x.server.options.SparseListing {
			doc.open("folder")
			doc.text("path", folder.path)
			doc.close("folder")
		}
		for _, file := range found.files[next : next+folder.files] {
			doc.listedFile(folder.path, file)
			if doc.buffer.Len() >= flushEvery && !x.flush(doc) {
				return nil
			}
		}
		next += folder.files
	}
	doc.open("stats")
	doc.integer("folders", int64(len(found.folders)))
	doc.integer("files", int64(len(found.files)))
	doc.close("stats")
	doc.close("liststream")
	x.flush(doc)
	return nil
}

// flush sends what was gathered; false means that the client is gone.
func (x *exchange) flush(doc *document) bool {
	_, err := x.w.Write(doc.bytes())
	doc.buffer.Reset()
	return err == nil
}

func (x *exchange) gather() (*listing, error) {
	s := x.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tree.account.ReadLocked {
		return nil, refuse(http.StatusForbidden, idLocked, "the account is read-locked")
	}
	top := s.tree.folder(x.names)
	if top == nil || top.deleted != never {
		return nil, noSuchPath(x.path()) // for the trash [?]
	}
	found := new(listing)
	found.add(top, joinNames(top.names()[1:])) // paths begin with the mountpoint
	return found, nil
}

func (l *listing) add(f *folder, path string) {
	before := len(l.files)
	at := len(l.folders)
	l.folders = append(l.folders, listedFolder{path: path})
	for _, held := range f.sortedFiles() {
		if held.live() {
			l.files = append(l.files, listedFile{held.name, *held.current})
		}
	}
	l.folders[at].files = len(l.files) - before
	for _, inner := range f.sortedFolders() {
		if inner.deleted == never {
			l.add(inner, path+"/"+inner.name)
		}
	}
}

func (d *document) listedFile(path string, f listedFile) {
	d.open("file")
	d.text("path", path)
	d.text("filename", f.name)
	d.text("md5", f.revision.digest.String())
	d.open("size")
	d.buffer.Write(strconv.AppendInt(d.buffer.AvailableBuffer(), f.revision.size, 10))
	d.close("size")
	d.streamTime("modified", f.revision.modified)
	d.streamTime("created", f.revision.created)
	d.close("file")
}

func (d *document) streamTime(name string, seconds int64) {
	d.open(name)
	d.buffer.Write(time.Unix(seconds, 0).UTC().AppendFormat(d.buffer.AvailableBuffer(), streamTime))
	d.close(name)
}
