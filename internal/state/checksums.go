package state

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/jottarun/jottarun/internal/checksum"
)

// Checksums is what is remembered of the MD5 of a job's files, folder by folder. It
// is a cache: where it fails, nothing is remembered and the log says so. It may be
// used by many goroutines.
//
// Every folder is a value of its own, checked against a checksum of it and of its
// place. Values are written in batches, each of them durable as a whole.
type Checksums struct {
	db     *bbolt.DB // nil where there is none
	log    *slog.Logger
	remove func() error // the file

	mu        sync.Mutex
	broken    bool
	seen      map[folderKey]bool     // asked for
	batch     map[folderKey][]byte   // to be written; nil to be removed
	pending   int                    // bytes of the batch
	covered   int64                  // bytes of the files whose checksums the batch brings
	byInode   map[uint64]folderKey   // made when it is first needed
	displaced map[uint64]savedFolder // whose place another folder has taken
	window    rotation
}

// folderKey is the place of a folder: the path of a root, and that below it with NUL
// for slash, so that the order of keys is that of a walk.
type folderKey struct{ root, folder string }

func newFolderKey(root, folder string) folderKey {
	return folderKey{root, "/" + strings.ReplaceAll(folder, "/", "\x00")}
}

// A batch is written when it has so much, or would save reading so much again.
const (
	maxBatch   = 1 << 20
	maxCovered = 1 << 30
)

// Folder returns what is remembered of the files in a folder of a root, in the order
// of names. Where nothing is remembered of the folder at that path, but of one with
// its inode, it was renamed: then those are returned, and moved is true.
func (c *Checksums) Folder(root, folder string, inode uint64) (files []checksum.Remembered, moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := newFolderKey(root, folder)
	c.seen[key] = true
	saved, found := c.load(key)
	if found && (saved.inode == inode || inode == 0) {
		return saved.files, false
	}
	if found {
		c.indexInodes()
		c.displaced[saved.inode] = saved
	}
	if from, ok := c.formerly(inode); ok {
		return from.files, true
	}
	return saved.files, found
}

// formerly finds a folder by its inode. An inode may be that of another folder by now:
// the files tell.
func (c *Checksums) formerly(inode uint64) (savedFolder, bool) {
	if inode == 0 {
		return savedFolder{}, false
	}
	if saved, ok := c.displaced[inode]; ok {
		return saved, true
	}
	c.indexInodes()
	key, ok := c.byInode[inode]
	if !ok {
		return savedFolder{}, false
	}
	return c.load(key)
}

func (c *Checksums) indexInodes() {
	if c.byInode != nil {
		return
	}
	c.byInode = map[uint64]folderKey{}
	c.view(func(root string, folders *bbolt.Bucket) error {
		return folders.ForEach(func(k, value []byte) error {
			if inode, ok := folderInode(value); ok {
				c.byInode[inode] = folderKey{root, string(k)}
			}
			return nil
		})
	})
}

// Remember replaces what is remembered of a folder; no files, no folder.
func (c *Checksums) Remember(root, folder string, inode uint64, files []checksum.Remembered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := newFolderKey(root, folder)
	c.seen[key] = true
	if len(key.folder) > bbolt.MaxKeySize || len(root) > bbolt.MaxKeySize {
		return
	}
	var value []byte
	if len(files) > 0 {
		value = encodeFolder(key, savedFolder{inode, files})
	}
	c.batch[key] = value
	c.pending += len(key.folder) + len(value)
	for _, file := range files {
		c.covered += file.Size
	}
	if c.pending >= maxBatch || c.covered >= maxCovered {
		c.flush()
	}
}

// Sweep forgets the folders that have not been asked for since the cache was opened,
// and moves the share of files that is read again on. It is for the end of a walk
// that saw everything.
func (c *Checksums) Sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view(func(root string, folders *bbolt.Bucket) error {
		return folders.ForEach(func(k, _ []byte) error {
			if key := (folderKey{root, string(k)}); !c.seen[key] {
				c.batch[key] = nil
			}
			return nil
		})
	})
	c.window.start += c.window.width
	c.flush()
}

// load reads a folder, of the batch or of the file.
func (c *Checksums) load(key folderKey) (saved savedFolder, found bool) {
	if value, ok := c.batch[key]; ok {
		return decodeFolder(key, value)
	}
	c.guard("read", func() error {
		return c.db.View(func(tx *bbolt.Tx) error {
			if folders := foldersOf(tx, key.root); folders != nil {
				saved, found = decodeFolder(key, folders.Get([]byte(key.folder)))
			}
			return nil
		})
	})
	return saved, found
}

// view calls do for every root.
func (c *Checksums) view(do func(root string, folders *bbolt.Bucket) error) {
	c.guard("read", func() error {
		return c.db.View(func(tx *bbolt.Tx) error {
			roots := tx.Bucket([]byte(rootsBucket))
			if roots == nil {
				return nil
			}
			return roots.ForEachBucket(func(root []byte) error { return do(string(root), roots.Bucket(root)) })
		})
	})
}

func foldersOf(tx *bbolt.Tx, root string) *bbolt.Bucket {
	roots := tx.Bucket([]byte(rootsBucket))
	if roots == nil || root == "" {
		return nil
	}
	return roots.Bucket([]byte(root))
}

// flush writes the batch, in the order of keys.
func (c *Checksums) flush() {
	if len(c.batch) == 0 && !c.window.moved() || c.db == nil || c.db.IsReadOnly() {
		return
	}
	keys := make([]folderKey, 0, len(c.batch))
	for key := range c.batch {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, folderKey.compare)
	c.guard("write", func() error {
		return c.db.Update(func(tx *bbolt.Tx) error {
			for _, key := range keys {
				if err := put(tx, key, c.batch[key]); err != nil {
					return err
				}
			}
			return c.window.save(tx)
		})
	})
	clear(c.batch)
	c.pending, c.covered = 0, 0
}

func (k folderKey) compare(other folderKey) int {
	if order := strings.Compare(k.root, other.root); order != 0 {
		return order
	}
	return strings.Compare(k.folder, other.folder)
}

func put(tx *bbolt.Tx, key folderKey, value []byte) error {
	roots, err := tx.CreateBucketIfNotExists([]byte(rootsBucket))
	if err != nil {
		return err
	}
	folders, err := roots.CreateBucketIfNotExists([]byte(key.root))
	if err != nil {
		return err
	}
	folders.FillPercent = 1 // keys come in order: no page is left half empty
	if value == nil {
		return folders.Delete([]byte(key.folder))
	}
	if bytes.Equal(folders.Get([]byte(key.folder)), value) {
		return nil
	}
	return folders.Put([]byte(key.folder), value)
}
