package jotta

import "time"

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

// Plain returns the path without the escapes of its names.
func (o OddName) Plain() string { return decodePath(o.Path) }

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

// FileIndex returns the place of the folder's i-th file among all files of the
// listing, from 0 to Files.
func (f Folder) FileIndex(i int) int { return int(f.record().firstFile) + i }

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

// maxFolderDepth is more than any file system reaches by one path; what is deeper
// is set apart.
const maxFolderDepth = 2048

const (
	nameLengthBits = 16
	maxNamesTotal  = 1 << (64 - nameLengthBits - 1)
)

func newNameRef(offset, length int) nameRef { return nameRef(offset)<<nameLengthBits | nameRef(length) }
func (r nameRef) offset() int               { return int(r >> nameLengthBits) }
func (r nameRef) length() int               { return int(r & (1<<nameLengthBits - 1)) }
