package planner

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
)

// Checksums remembers the MD5 of a job's files from one plan to the next. It is a
// cache: what goes wrong in it ends in files that are read again, so it returns no
// errors. It may be used by many goroutines.
type Checksums interface {
	// Folder returns what is remembered of the files in a folder of a root, in the
	// order of names. It is asked once for every folder that a walk sees. Where the
	// folder with that inode, if it is not 0, was remembered at another path, it was
	// renamed: then moved is true, and those files are returned.
	Folder(root, folder string, inode uint64) (files []checksum.Remembered, moved bool)
	// Remember replaces what is remembered of a folder, files in the order of names.
	Remember(root, folder string, inode uint64, files []checksum.Remembered)
	// Due reports whether a file is to be read again though its checksum is known.
	Due(root, folder, name string) bool
	// Sweep forgets every folder that Folder was not asked for. It ends a whole walk.
	Sweep()
}

// raciness is how much older than the reading of a file its times must be. A file
// system's clock may stand still for that long, and a change just after the reading
// leave the very same times.
const raciness = 2 * time.Second

// stateOf is what the file system says of a file, to be remembered beside its MD5. It
// reports false where that does not tell one content from another: where there are no
// inodes, or the last change was not safely over when the reading began.
//
// All of it has to be equal for an MD5 to be trusted, also when the name is another.
// So a renamed file is read again where a rename is a change to the file system: the
// same inode, size and mtime with another ctime may be a renamed file, and may be one
// that was rewritten and had its mtime put back. Within a folder that is renamed the
// files keep their ctime, and are not read again.
func stateOf(name string, info localfs.Info, begun time.Time) (checksum.Remembered, bool) {
	if info.Inode == 0 || info.Changed.IsZero() {
		return checksum.Remembered{}, false
	}
	limit := begun.Add(-raciness)
	state := checksum.Remembered{
		Name: name, Inode: info.Inode, Size: info.Size,
		Modified: info.Modified.UnixNano(), Changed: info.Changed.UnixNano(),
	}
	exact := time.Unix(0, state.Modified).Equal(info.Modified) && time.Unix(0, state.Changed).Equal(info.Changed)
	return state, exact && !info.Modified.After(limit) && !info.Changed.After(limit)
}

// place is a folder as it is remembered: by its root's path and the way that the walk
// took from there, which may lead through links.
type place struct {
	root, folder string
	inode        uint64
}

// folderSums is what is known of one folder's files, and becomes known in this plan.
// A nil one knows nothing and keeps nothing.
type folderSums struct {
	place
	checksums Checksums
	known     sumsByName // of files that are there

	mu    sync.Mutex
	open  int // comparisons that may bring more, and one for the walk itself
	fresh []checksum.Remembered
	dirty bool // what is remembered is not what is known
}

// newFolderSums asks for what is remembered of a folder and keeps what still holds of
// the files that are here, as they were when they were looked at.
func newFolderSums(checksums Checksums, at place, here []entry, looked time.Time) *folderSums {
	files, moved := checksums.Folder(at.root, at.folder, at.inode)
	old := sumsByName{files: files}
	s := &folderSums{place: at, checksums: checksums, open: 1}
	s.known.files = make([]checksum.Remembered, 0, min(len(here), len(files)))
	for i := range here {
		e := &here[i]
		if e.folder() {
			continue
		}
		state, safe := stateOf(e.name, e.info, looked)
		r, found := old.find(e.name)
		if !found || !r.SameState(state) {
			r, found = old.findInode(state.Inode)
		}
		if safe && found && r.SameState(state) {
			s.dirty = s.dirty || r.Name != e.name
			r.Name = e.name
			s.known.files = append(s.known.files, r)
		}
	}
	s.dirty = s.dirty || moved && len(s.known.files) > 0 || len(s.known.files) < len(files)
	return s
}

// find returns what is remembered of a file in its present state.
func (s *folderSums) find(e *entry) (checksum.Remembered, bool) {
	if s == nil {
		return checksum.Remembered{}, false
	}
	return s.known.find(e.name)
}

// expect announces a comparison that ends with done.
func (s *folderSums) expect() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
}

// learn takes what a comparison has found out.
func (s *folderSums) learn(r checksum.Remembered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = append(s.fresh, r)
	s.dirty = true
}

// done ends a comparison, or the walk's own stay. After the last one the folder is
// remembered, if there is news.
func (s *folderSums) done() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.open == 0 && s.dirty && !s.emptied() {
		s.checksums.Remember(s.root, s.folder, s.inode, merge(s.known.files, s.fresh))
	}
}

// emptied reports whether nothing is left of what was known. It may be that a disk is
// not mounted: such a folder is not forgotten before the whole walk is believed.
func (s *folderSums) emptied() bool { return s.dirty && len(s.known.files) == 0 && len(s.fresh) == 0 }

// sumsByName finds checksums in a list that is in the order of names.
type sumsByName struct {
	files   []checksum.Remembered
	next    int            // behind the one found last: what is looked for in order is found at once
	byInode map[uint64]int // made when it is first needed
}

func (s *sumsByName) find(name string) (checksum.Remembered, bool) {
	if s.next < len(s.files) && s.files[s.next].Name == name {
		s.next++
		return s.files[s.next-1], true
	}
	i, found := slices.BinarySearchFunc(s.files, name, func(r checksum.Remembered, name string) int {
		return strings.Compare(r.Name, name)
	})
	if !found {
		return checksum.Remembered{}, false
	}
	s.next = i + 1
	return s.files[i], true
}

func (s *sumsByName) findInode(inode uint64) (checksum.Remembered, bool) {
	if s.byInode == nil {
		s.byInode = make(map[uint64]int, len(s.files))
		for i, r := range s.files {
			s.byInode[r.Inode] = i
		}
	}
	i, found := s.byInode[inode]
	if !found {
		return checksum.Remembered{}, false
	}
	return s.files[i], true
}

// merge returns both in the order of names; of two with one name the fresh one.
func merge(known, fresh []checksum.Remembered) []checksum.Remembered {
	all := append(slices.Clone(fresh), known...)
	slices.SortStableFunc(all, func(a, b checksum.Remembered) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b checksum.Remembered) bool { return a.Name == b.Name })
}

// md5Of is a remembered checksum in the cloud's terms.
func md5Of(r checksum.Remembered) jotta.MD5 { return jotta.MD5(r.MD5) }
