package jotta

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// listStream reads the answer to ?mode=liststream: one element per file and per
// folder, in any order, and <stats> that say how many there were.
//
// What could hide a file makes the listing torn. What spoils one entry alone, a
// name that no file can have or a checksum that is none, sets that entry apart.
type listStream struct {
	scan    *xmlScanner
	builder *ListingBuilder
	within  listedFolder

	paths  map[string]place // as they were spelled; they are what <stats> counts
	path   []byte           // the last of them, still escaped
	place  place
	files  uint64
	stats  bool
	wanted struct{ folders, files uint64 }

	trashed bool
	depth   int // of the entry that is being read; 0: none
	field   listField
	seen    [numListFields]bool
	entry   listEntry
}

// place is where a path of the answer is.
type place struct {
	relative string // to the listed folder
	odd      bool   // and noted as such
}

type listField int

const (
	noField listField = iota
	pathField
	nameField
	sizeField
	md5Field
	modifiedField
	statsFoldersField
	statsFilesField
	numListFields
)

// listEntry is a <file>, a <folder> or <stats>. Its buffers are used again.
type listEntry struct {
	kind  string
	name  []byte
	fault string // what spoils this file
	file  RemoteFile
}

// parseListStream returns the listing of p, or an error that is ErrTornListing
// where the document is anything but whole.
func parseListStream(r io.Reader, p Path) (*Listing, error) {
	l := &listStream{
		scan: newXMLScanner(r), builder: NewListingBuilder(), within: newListedFolder(p), paths: map[string]place{},
	}
	listing, err := l.parse()
	return listing, torn(err)
}

func (l *listStream) parse() (*Listing, error) {
	for {
		tag, err := l.scan.next()
		if err != nil {
			return nil, err
		}
		switch tag.kind {
		case xmlOpen:
			err = l.opened(tag)
		case xmlClose:
			err = l.closed()
		case xmlEnd:
			return l.finish()
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *listStream) finish() (*Listing, error) {
	folders := uint64(len(l.paths))
	switch {
	case !l.stats:
		return nil, errors.New("<stats> is missing")
	case folders != l.wanted.folders || l.files != l.wanted.files:
		return nil, fmt.Errorf("it has %d files in %d folders, and says %d in %d", l.files, folders, l.wanted.files, l.wanted.folders)
	case l.trashed:
		return NewListingBuilder().Build()
	}
	return l.builder.Build()
}

func (l *listStream) opened(tag xmlTag) error {
	depth := l.scan.depth()
	switch {
	case depth == 1:
		l.trashed = hasAttribute(tag.attributes, "deleted")
		if string(tag.name) == "file" {
			return ErrNotFolder
		}
	case l.field != noField:
		return fmt.Errorf("an element within a text of a <%s>", l.entry.kind)
	case l.depth == 0:
		l.begin(tag.name, depth)
	case depth == l.depth+1:
		return l.beginField(tag.name)
	}
	return nil
}

// begin starts an entry, wherever below the root it stands.
func (l *listStream) begin(name []byte, depth int) {
	switch string(name) {
	case "file":
		l.entry.kind = "file"
	case "folder":
		l.entry.kind = "folder"
	case "stats":
		l.entry.kind = "stats"
	default:
		return
	}
	l.depth = depth
	l.seen = [numListFields]bool{}
	l.entry.fault, l.entry.file = "", RemoteFile{}
}

func (l *listStream) beginField(name []byte) error {
	field := noField
	switch string(name) {
	case "file", "folder", "stats":
		return fmt.Errorf("a <%s> within a <%s>", name, l.entry.kind)
	case "path":
		field = pathField
	case "filename":
		field = nameField
	case "size":
		field = sizeField
	case "md5":
		field = md5Field
	case "modified":
		field = modifiedField
	case "folders":
		field = statsFoldersField
	case "files":
		field = statsFilesField
	}
	if ofStats := field >= statsFoldersField; field == noField || ofStats != (l.entry.kind == "stats") {
		return nil
	}
	if l.seen[field] {
		return fmt.Errorf("a <%s> with two <%s>", l.entry.kind, name)
	}
	l.seen[field] = true
	l.field, l.scan.keepText = field, true
	return nil
}

// closed is called with the scanner's depth already that of the parent.
func (l *listStream) closed() error {
	switch {
	case l.field != noField:
		field := l.field
		l.field, l.scan.keepText = noField, false
		return l.endField(field)
	case l.depth != 0 && l.scan.depth() < l.depth:
		l.depth = 0
		return l.endEntry()
	}
	return nil
}

func (l *listStream) endField(field listField) error {
	e, text := &l.entry, l.scan.text
	switch field {
	case pathField:
		if len(l.paths) == 0 || !bytes.Equal(text, l.path) {
			return l.goTo(text)
		}
	case nameField:
		name, fault := unescapeXML(text)
		e.name = append(e.name[:0], name...)
		if l.scan.overlong {
			fault = "it is too long"
		}
		if fault != "" {
			e.fault = "the name: " + fault
		}
	case sizeField:
		size, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 63)
		if err != nil {
			e.fault = "its size is not a number"
		}
		e.file.Size = int64(size)
	case md5Field:
		text = bytes.TrimSpace(text)
		if len(text) != 2*len(e.file.MD5) || decodeHex(&e.file.MD5, text) != nil {
			e.fault = "its MD5 is none"
		}
	case modifiedField:
		if e.file.Modified.UnmarshalText(bytes.TrimSpace(text)) != nil {
			e.file.Modified = time.Time{} // what is compared is content
		}
	case statsFoldersField:
		return parseCount(&l.wanted.folders, text)
	case statsFilesField:
		return parseCount(&l.wanted.files, text)
	}
	return nil
}

func decodeHex(sum *MD5, text []byte) error {
	_, err := hex.Decode(sum[:], text)
	return err
}

func parseCount(count *uint64, text []byte) (err error) {
	*count, err = strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 63)
	if err != nil {
		return errors.New("<stats> holds something else than a number")
	}
	return nil
}

func (l *listStream) endEntry() error {
	e := &l.entry
	switch {
	case e.kind == "stats" && l.stats:
		return errors.New("two <stats>")
	case e.kind == "stats" && !(l.seen[statsFoldersField] && l.seen[statsFilesField]):
		return errors.New("<stats> say too little")
	case e.kind == "stats":
		l.stats = true
		return nil
	case !l.seen[pathField]:
		return fmt.Errorf("a <%s> without a path", e.kind)
	case e.kind == "file":
		return l.endFile()
	}
	return nil
}

func (l *listStream) endFile() error {
	e := &l.entry
	l.files++
	switch {
	case !l.seen[nameField]:
		return errors.New("a <file> without a name")
	case l.place.odd:
		return nil
	case e.fault == "" && !l.seen[sizeField]:
		e.fault = "its size is missing"
	case e.fault == "" && !l.seen[md5Field]:
		e.fault = "its MD5 is missing"
	}
	if e.fault != "" {
		l.builder.AddOdd(joinPath(l.place.relative, string(e.name)), e.fault)
		return nil
	}
	l.builder.addFile(l.place.relative, e.name, e.file)
	return nil
}

// goTo makes a path of the answer the current one.
func (l *listStream) goTo(escaped []byte) error {
	if l.scan.overlong {
		return fmt.Errorf("a path of more than %d bytes", maxXMLText)
	}
	l.path = append(l.path[:0], escaped...)
	plain, fault := unescapeXML(escaped)
	at, known := l.paths[string(plain)]
	if !known {
		path := string(plain)
		relative, inside := l.within.relative(path)
		if !inside {
			return fmt.Errorf("%.200q is outside of it", path)
		}
		at = place{relative, fault != ""}
		l.paths[path] = at
		if at.odd {
			l.builder.AddOdd(relative, "the path: "+fault)
		} else {
			l.builder.AddFolder(relative)
		}
	}
	l.place = at
	return nil
}
