package localfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// Folder is an open folder of a Tree.
type Folder struct {
	root *os.Root
	info Info
}

func newFolder(root *os.Root) (*Folder, error) {
	info, err := root.Lstat(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Folder{root: root, info: newInfo(info)}, nil
}

// Close gives the folder's descriptor back.
func (f *Folder) Close() error { return f.root.Close() }

// Info describes the folder itself.
func (f *Folder) Info() Info { return f.info }

// Entry is a name in a folder with what it stood for when it was looked at, or
// the reason why that could not be told.
type Entry struct {
	Name string
	Info Info
	Err  error
}

// Entries returns what is in the folder in the byte order of names, each stated
// once and without following links. A name that vanished meanwhile is left out.
func (f *Folder) Entries() ([]Entry, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, cause(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, cause(err)
	}
	slices.Sort(names)
	entries := make([]Entry, 0, len(names))
	for _, name := range names {
		info, err := f.lstatIn(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		entries = append(entries, Entry{Name: name, Info: info, Err: err})
	}
	return entries, nil
}

// Lstat describes a name in the folder, without following a link.
func (f *Folder) Lstat(name string) (Info, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return Info{}, cause(err)
	}
	return newInfo(info), nil
}

// OpenFolder opens a folder in this one.
func (f *Folder) OpenFolder(name string) (*Folder, error) {
	seen, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if seen.Kind != KindFolder {
		return nil, ErrNotFolder
	}
	return f.openSeenFolder(name, seen)
}

func (f *Folder) openSeenFolder(name string, seen Info) (*Folder, error) {
	root, err := f.root.OpenRoot(name + inside)
	if err != nil {
		return nil, f.openError(name, seen, err)
	}
	folder, err := newFolder(root)
	if err != nil {
		return nil, cause(err)
	}
	if !seen.SameFile(folder.info) {
		folder.Close()
		return nil, ErrReplaced
	}
	return folder, nil
}

// OpenFile opens a regular file in this folder for reading.
func (f *Folder) OpenFile(name string) (*File, error) {
	seen, err := f.Lstat(name)
	if err != nil {
		return nil, err
	}
	if seen.Kind != KindFile {
		return nil, ErrNotRegular
	}
	return f.openSeenFile(name, seen)
}

// OpenEntry opens a regular file that Entries has found, if its name still stands for
// that very one.
func (f *Folder) OpenEntry(name string, seen Info) (*File, error) {
	if seen.Kind != KindFile {
		return nil, ErrNotRegular
	}
	return f.openSeenFile(name, seen)
}

func (f *Folder) openSeenFile(name string, seen Info) (*File, error) {
	file, err := f.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, f.openError(name, seen, err)
	}
	opened := &File{file: file}
	if opened.info, err = opened.Stat(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if opened.info.Kind != KindFile || !seen.SameFile(opened.info) {
		file.Close()
		return nil, ErrReplaced
	}
	return opened, nil
}

// openError tells why a name could not be opened that had just been seen to be what
// was wanted: it may stand for something else by now, or may have for a moment.
func (f *Folder) openError(name string, seen Info, err error) error {
	errno, system := errors.AsType[syscall.Errno](err)
	if !system || errno == syscall.ENOTDIR || errno == syscall.ELOOP {
		return ErrReplaced // the root itself refuses a link that leads out of it
	}
	if now, err := f.Lstat(name); err == nil && !now.SameFile(seen) {
		return ErrReplaced
	}
	return cause(err)
}

// cause strips the operation and the path from err: callers name the path in
// their own words.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
