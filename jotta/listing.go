package jotta

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RemoteFile is a complete file in the cloud. The service keeps whole seconds.
type RemoteFile struct {
	Name     string // within its folder, unescaped
	Size     int64
	MD5      MD5
	Modified time.Time
}

// A Listing is everything below one folder of the cloud at one moment: whole, or
// not at all. It does not change and may be read by many goroutines. It is kept
// in a few flat slices without pointers, so that a million files cost little
// more than their names.
type Listing struct {
	// MissingBackupdir says that the listing is empty because not even the
	// backupdir exists; it has to be created before the first upload.
	MissingBackupdir bool

	names    string
	files    []fileRecord   // grouped by folder, sorted by name
	folders  []folderRecord // [0] is the listed folder itself
	children []uint32       // indexes into folders, grouped by parent, sorted by name
	odd      []OddName
}

// OddName is something in the cloud that no local file can stand for, because of
// its name. It is never matched, changed or removed.
type OddName struct {
	Path   string // relative to the listed folder, as the service spells it
	Reason string
}

// Folder is one folder of a listing. The zero value is a folder that does not
// exist and has nothing in it.
type Folder struct {
	listing *Listing
	id      uint32
}

type fileRecord struct {
	name     nameRef
	size     int64
	modified int64 // milliseconds since 1970
	md5      MD5
	folder   uint32
}

type folderRecord struct {
	name        nameRef
	parent      uint32
	firstFile   uint32
	files       uint32
	firstFolder uint32
	folders     uint32
}

// Root returns the listed folder.
func (l *Listing) Root() Folder {
	if len(l.folders) == 0 {
		return Folder{}
	}
	return Folder{listing: l}
}

// Files returns how many files there are.
func (l *Listing) Files() int { return len(l.files) }

// Folders returns how many folders there are below the listed one.
func (l *Listing) Folders() int { return max(0, len(l.folders)-1) }

// Odd returns what has a name that no local file can have.
func (l *Listing) Odd() []OddName { return l.odd }

// Exists reports whether the folder is in the listing at all.
func (f Folder) Exists() bool { return f.listing != nil }

// Name returns the folder's own name, "" for the listed folder.
func (f Folder) Name() string {
	if f.listing == nil {
		return ""
	}
	return f.listing.name(f.record().name)
}

// Path returns the slash path below the listed folder, "" for that folder.
func (f Folder) Path() string {
	if f.listing == nil || f.id == 0 {
		return ""
	}
	parent := Folder{f.listing, f.record().parent}
	if parent.id == 0 {
		return f.Name()
	}
	return parent.Path() + "/" + f.Name()
}

// NumFiles returns how many files are in the folder itself.
func (f Folder) NumFiles() int {
	if f.listing == nil {
		return 0
	}
	return int(f.record().files)
}

// File returns the folder's i-th file in the byte order of names.
func (f Folder) File(i int) RemoteFile {
	r := &f.listing.files[int(f.record().firstFile)+i]
	return RemoteFile{Name: f.listing.name(r.name), Size: r.size, MD5: r.md5, Modified: time.UnixMilli(r.modified).UTC()}
}

// NumFolders returns how many folders are directly in the folder.
func (f Folder) NumFolders() int {
	if f.listing == nil {
		return 0
	}
	return int(f.record().folders)
}

// Folder returns the i-th folder within, in the byte order of names.
func (f Folder) Folder(i int) Folder {
	return Folder{f.listing, f.listing.children[int(f.record().firstFolder)+i]}
}

func (f Folder) record() *folderRecord { return &f.listing.folders[f.id] }

func (l *Listing) name(ref nameRef) string { return l.names[ref.offset() : ref.offset()+ref.length()] }

// nameRef is a place in Listing.names: offset and length in one word.
type nameRef uint64

const (
	nameLengthBits = 16
	maxNamesTotal  = 1 << (64 - nameLengthBits - 1)
)

func newNameRef(offset, length int) nameRef { return nameRef(offset)<<nameLengthBits | nameRef(length) }
func (r nameRef) offset() int               { return int(r >> nameLengthBits) }
func (r nameRef) length() int               { return int(r & (1<<nameLengthBits - 1)) }

// ListingBuilder collects the entries of a listing, in any order. Paths and
// names are given as the service spells them, escaped.
type ListingBuilder struct {
	listing   Listing
	names     strings.Builder
	ids       map[string]uint32 // by escaped path
	odd       map[string]bool   // escaped paths of folders below which all is odd
	noncanon  map[uint32]bool   // files whose escaped name EncodeName would not have written
	lastPath  string
	lastID    uint32
	lastValid bool
}

// NewListingBuilder returns a builder of a listing that holds nothing yet.
func NewListingBuilder() *ListingBuilder {
	return &ListingBuilder{
		listing:  Listing{folders: make([]folderRecord, 1)},
		ids:      map[string]uint32{"": 0},
		odd:      map[string]bool{},
		noncanon: map[uint32]bool{},
	}
}

// AddFolder notes a folder, and those above it, by its escaped path relative to
// the listed folder.
func (b *ListingBuilder) AddFolder(path string) { b.folder(path) }

// AddFile notes a file by its folder's escaped path and its own escaped name.
func (b *ListingBuilder) AddFile(folder, name string, file RemoteFile) {
	id, ok := b.folder(folder)
	decoded := DecodeName(name)
	if !ok {
		return // its folder has been noted as odd
	}
	if reason := oddReason(decoded); reason != "" {
		b.listing.odd = append(b.listing.odd, OddName{Path: joinPath(folder, name), Reason: reason})
		return
	}
	if EncodeName(decoded) != name {
		b.noncanon[uint32(len(b.listing.files))] = true
	}
	b.listing.files = append(b.listing.files, fileRecord{
		name: b.addName(decoded), size: file.Size, md5: file.MD5,
		modified: file.Modified.UnixMilli(), folder: id,
	})
}

// Build returns the listing. The builder must not be used afterwards.
func (b *ListingBuilder) Build() (*Listing, error) {
	if b.names.Len() > maxNamesTotal || len(b.listing.files) > 1<<31 || len(b.listing.folders) > 1<<31 {
		return nil, errors.New("build listing: more entries than can be held")
	}
	l := &b.listing
	l.names = b.names.String()
	b.separateTwins()
	b.groupFiles()
	b.groupFolders()
	return l, nil
}

// folder returns the index of a folder, adding it where it is new; false where
// it, or a folder above it, is odd.
func (b *ListingBuilder) folder(path string) (uint32, bool) {
	if path == b.lastPath && b.lastValid {
		return b.lastID, true
	}
	if id, ok := b.ids[path]; ok {
		b.lastPath, b.lastID, b.lastValid = path, id, true
		return id, true
	}
	if b.odd[path] {
		return 0, false
	}
	path = strings.Clone(path)
	parentPath, name := splitPath(path)
	parent, ok := b.folder(parentPath)
	if !ok {
		b.odd[path] = true
		return 0, false
	}
	decoded := DecodeName(name)
	if reason := oddReason(decoded); reason != "" {
		b.odd[path] = true
		b.listing.odd = append(b.listing.odd, OddName{Path: path, Reason: reason})
		return 0, false
	}
	id := uint32(len(b.listing.folders))
	b.listing.folders = append(b.listing.folders, folderRecord{name: b.addName(decoded), parent: parent})
	b.ids[path] = id
	return id, true
}

func (b *ListingBuilder) addName(name string) nameRef {
	ref := newNameRef(b.names.Len(), len(name))
	b.names.WriteString(name)
	return ref
}

// separateTwins leaves one of several files of a folder that decode to the same
// name: the one that is spelled as EncodeName spells it, else the first.
func (b *ListingBuilder) separateTwins() {
	if len(b.noncanon) == 0 {
		return
	}
	l := &b.listing
	type place struct {
		folder uint32
		name   string
	}
	canonical := map[place]bool{}
	for i, r := range l.files {
		if !b.noncanon[uint32(i)] {
			canonical[place{r.folder, l.name(r.name)}] = true
		}
	}
	kept := l.files[:0]
	for i, r := range l.files {
		at := place{r.folder, l.name(r.name)}
		if b.noncanon[uint32(i)] {
			if canonical[at] {
				path := joinPath(Folder{l, r.folder}.Path(), at.name)
				l.odd = append(l.odd, OddName{Path: path, Reason: "another file's name reads the same"})
				continue
			}
			canonical[at] = true
		}
		kept = append(kept, r)
	}
	l.files = kept
}

func (b *ListingBuilder) groupFiles() {
	l := &b.listing
	slices.SortStableFunc(l.files, func(x, y fileRecord) int {
		return cmp.Or(cmp.Compare(x.folder, y.folder), strings.Compare(l.name(x.name), l.name(y.name)))
	})
	for i, r := range l.files {
		folder := &l.folders[r.folder]
		if folder.files == 0 {
			folder.firstFile = uint32(i)
		}
		folder.files++
	}
}

func (b *ListingBuilder) groupFolders() {
	l := &b.listing
	for id := 1; id < len(l.folders); id++ {
		l.children = append(l.children, uint32(id))
	}
	slices.SortFunc(l.children, func(x, y uint32) int {
		fx, fy := &l.folders[x], &l.folders[y]
		return cmp.Or(cmp.Compare(fx.parent, fy.parent), strings.Compare(l.name(fx.name), l.name(fy.name)), cmp.Compare(x, y))
	})
	for i, id := range l.children {
		parent := &l.folders[l.folders[id].parent]
		if parent.folders == 0 {
			parent.firstFolder = uint32(i)
		}
		parent.folders++
	}
}

// oddReason says why no local file can have the name, or "".
func oddReason(name string) string {
	switch {
	case name == "", name == ".", name == "..":
		return fmt.Sprintf("%q is not a name", name)
	case strings.ContainsAny(name, "/\x00"):
		return "the name stands for one with a slash or a NUL in it"
	case len(name) > 1<<nameLengthBits-1:
		return "the name is too long"
	}
	return ""
}

func splitPath(path string) (parent, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

func joinPath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
