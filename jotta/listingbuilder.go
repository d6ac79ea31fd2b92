package jotta

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ListingBuilder collects the entries of a listing, in any order. Paths and
// names are given as the service spells them, escaped.
type ListingBuilder struct {
	listing   Listing
	names     strings.Builder
	ids       map[string]uint32 // by escaped path
	odd       map[string]bool   // escaped paths of folders below which all is odd
	noncanon  map[uint32]string // files whose escaped name, this one, EncodeName would not have written
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
		noncanon: map[uint32]string{},
	}
}

// AddFolder notes a folder, and those above it, by its escaped path relative to
// the listed folder.
func (b *ListingBuilder) AddFolder(path string) { b.folder(path) }

// AddFile notes a file by its folder's escaped path and its own escaped name.
func (b *ListingBuilder) AddFile(folder, name string, file RemoteFile) {
	id, ok := b.folder(folder)
	if !ok {
		return // its folder has been noted as odd
	}
	decoded := DecodeName(name)
	if reason := oddReason(decoded); reason != "" {
		b.AddOdd(joinPath(folder, name), reason)
		return
	}
	if EncodeName(decoded) != name {
		b.noncanon[uint32(len(b.listing.files))] = name
	}
	b.appendFile(id, b.addName(decoded), file)
}

// addFile is AddFile for a name that need not outlive the call.
func (b *ListingBuilder) addFile(folder string, name []byte, file RemoteFile) {
	if !isPlainName(name) {
		b.AddFile(folder, string(name), file)
		return
	}
	if id, ok := b.folder(folder); ok {
		ref := newNameRef(b.names.Len(), len(name))
		b.names.Write(name)
		b.appendFile(id, ref, file)
	}
}

// AddOdd notes something, a file or a folder with all below it, that is not to be
// used, by its escaped path relative to the listed folder.
func (b *ListingBuilder) AddOdd(path, reason string) {
	b.listing.odd = append(b.listing.odd, OddName{Path: path, Reason: reason})
}

func (b *ListingBuilder) appendFile(folder uint32, name nameRef, file RemoteFile) {
	b.listing.files = append(b.listing.files, fileRecord{
		name: name, size: file.Size, md5: file.MD5, modified: file.Modified.UnixMilli(), folder: folder,
	})
}

// Build returns the listing, or an error where an entry was added twice. The
// builder must not be used afterwards.
func (b *ListingBuilder) Build() (*Listing, error) {
	if b.names.Len() > maxNamesTotal || len(b.listing.files) > 1<<31 || len(b.listing.folders) > 1<<31 {
		return nil, errors.New("build listing: more entries than can be held")
	}
	l := &b.listing
	l.names = b.names.String()
	if err := b.separateTwins(); err != nil {
		return nil, err
	}
	if err := b.groupFiles(); err != nil {
		return nil, err
	}
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
	if strings.Count(path, "/") >= maxFolderDepth {
		b.setApart(strings.Clone(path), fmt.Sprintf("it is more than %d folders deep", maxFolderDepth))
		return 0, false
	}
	return b.newFolder(strings.Clone(path))
}

// newFolder adds a folder, after those above it. They share the memory of its path.
func (b *ListingBuilder) newFolder(path string) (uint32, bool) {
	if id, ok := b.ids[path]; ok {
		return id, true
	}
	if b.odd[path] {
		return 0, false
	}
	parentPath, name := splitPath(path)
	parent, ok := b.newFolder(parentPath)
	if !ok {
		b.odd[path] = true
		return 0, false
	}
	decoded := DecodeName(name)
	if strings.HasPrefix(path, "/") {
		decoded = "" // the segment before the slash, which splitPath takes for the listed folder
	}
	if reason := oddReason(decoded); reason != "" {
		b.setApart(path, reason)
		return 0, false
	}
	id := uint32(len(b.listing.folders))
	b.listing.folders = append(b.listing.folders, folderRecord{name: b.addName(decoded), parent: parent})
	b.ids[path] = id
	return id, true
}

func (b *ListingBuilder) setApart(folder, reason string) {
	b.odd[folder] = true
	b.AddOdd(folder, reason)
}

func (b *ListingBuilder) addName(name string) nameRef {
	ref := newNameRef(b.names.Len(), len(name))
	b.names.WriteString(name)
	return ref
}

// separateTwins leaves one of several files of a folder that decode to the same
// name: the one that is spelled as EncodeName spells it, else the first.
func (b *ListingBuilder) separateTwins() error {
	if len(b.noncanon) == 0 {
		return nil
	}
	l := &b.listing
	type place struct {
		folder uint32
		name   string
	}
	spelled := map[place]bool{}
	taken := map[place]bool{} // of the noncanonical names: whether there is a file for it
	for i, name := range b.noncanon {
		r := l.files[i]
		if spelled[place{r.folder, name}] {
			return fmt.Errorf("%.200q is listed twice", joinPath(Folder{l, r.folder}.Path(), name))
		}
		spelled[place{r.folder, name}] = true
		taken[place{r.folder, l.name(r.name)}] = false
	}
	for i, r := range l.files {
		at := place{r.folder, l.name(r.name)}
		if _, ok := taken[at]; ok && b.noncanon[uint32(i)] == "" {
			taken[at] = true
		}
	}
	kept := l.files[:0]
	for i, r := range l.files {
		at := place{r.folder, l.name(r.name)}
		if b.noncanon[uint32(i)] != "" {
			if taken[at] {
				b.AddOdd(joinPath(Folder{l, r.folder}.Path(), at.name), "another file's name reads the same")
				continue
			}
			taken[at] = true
		}
		kept = append(kept, r)
	}
	l.files = kept
	return nil
}

func (b *ListingBuilder) groupFiles() error {
	l := &b.listing
	slices.SortFunc(l.files, func(x, y fileRecord) int {
		return cmp.Or(cmp.Compare(x.folder, y.folder), strings.Compare(l.name(x.name), l.name(y.name)))
	})
	for i, r := range l.files {
		folder := &l.folders[r.folder]
		switch {
		case folder.files == 0:
			folder.firstFile = uint32(i)
		case l.name(r.name) == l.name(l.files[i-1].name):
			return fmt.Errorf("%.200q is listed twice", joinPath(Folder{l, r.folder}.Path(), l.name(r.name)))
		}
		folder.files++
	}
	return nil
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

// isPlainName reports whether a name is its own escaped form, and no odd one. It
// may say no of one that is.
func isPlainName(name []byte) bool {
	for _, c := range name {
		if c < 0x20 || c >= 0x7F || isForbidden(rune(c)) {
			return false
		}
	}
	return len(name) > 2 && len(name) <= maxNameLength
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
