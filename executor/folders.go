package executor

import (
	"strings"
	"sync"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/planner"
)

// folderLife is how long a folder that was opened serves for files in it. Small ones
// come by the hundred from one folder; what takes its place is to be found soon.
const folderLife = time.Second

// folders keep the folder open that the last file came from.
type folders struct {
	trees []*localfs.Tree
	now   func() time.Time

	mu   sync.Mutex
	last *sharedFolder
}

// sharedFolder is closed by the last one who uses it.
type sharedFolder struct {
	*localfs.Folder
	root   int
	path   string
	until  time.Time
	shared int // users, and the place of the last folder
}

// open opens a file of the plan. What cannot be opened in the folder that is open is
// looked for once more from the root: it may be in another one of that name.
func (f *folders) open(local *planner.LocalFile) (*localfs.File, error) {
	path, name := "", string(local.Rel)
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		path, name = name[:i], name[i+1:]
	}
	folder, err := f.take(local.Root, path)
	if err != nil {
		return nil, err
	}
	defer f.release(folder)
	file, err := folder.OpenFile(name)
	if err != nil {
		return f.trees[local.Root].OpenFile(string(local.Rel))
	}
	return file, nil
}

// take returns the folder, which may be in use by others.
func (f *folders) take(root int, path string) (*sharedFolder, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last := f.last; last != nil && last.root == root && last.path == path && f.now().Before(last.until) {
		last.shared++
		return last, nil
	}
	opened, err := f.trees[root].OpenFolder(path)
	if err != nil {
		return nil, err
	}
	f.forget()
	f.last = &sharedFolder{Folder: opened, root: root, path: path, until: f.now().Add(folderLife), shared: 2}
	return f.last, nil
}

func (f *folders) release(folder *sharedFolder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unshare(folder)
}

// close gives up the last folder.
func (f *folders) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget()
}

// forget is called with the lock held.
func (f *folders) forget() {
	if f.last != nil {
		f.unshare(f.last)
		f.last = nil
	}
}

// unshare is called with the lock held.
func (f *folders) unshare(folder *sharedFolder) {
	if folder.shared--; folder.shared == 0 {
		_ = folder.Close()
	}
}
