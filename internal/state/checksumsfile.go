package state

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

const (
	checksumsFolder  = "checksums"
	checksumsVersion = "1"
	rootsBucket      = "roots" // holds a bucket for each root, with a value for each folder
	metaBucket       = "meta"
	versionKey       = "version"

	// lockPatience is how long a job's cache may be in use by another process, which
	// can be a plan of the same job, before it is left alone.
	lockPatience = 2 * time.Second
)

var errForeign = errors.New("it is damaged, or of another version")

// OpenChecksums opens what is remembered of a job's files. A file that is damaged is
// made anew; one that cannot be opened, or is in use, leaves a cache that knows nothing
// and keeps nothing. The log says which. Share is that of the files to be read again.
func (d *Dir) OpenChecksums(job string, share float64, log *slog.Logger) *Checksums {
	name := filepath.Join(checksumsFolder, job+".db")
	c := &Checksums{
		log: log.With("job", job), remove: func() error { return d.root.Remove(name) }, seen: map[folderKey]bool{}, batch: map[folderKey][]byte{}, displaced: map[uint64]savedFolder{},
	}
	c.guard("open", func() (err error) {
		if _, err := d.root.Stat(checksumsFolder); errors.Is(err, fs.ErrNotExist) {
			if err := d.root.Mkdir(checksumsFolder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		c.db, c.window, err = d.openChecksums(name, share)
		if errors.Is(err, errForeign) {
			c.log.Warn("the checksum cache is made anew: every file is read again", "cause", err)
			if err := c.remove(); err != nil {
				return err
			}
			c.db, c.window, err = d.openChecksums(name, share)
		}
		return err
	})
	c.broken = c.db == nil
	return c
}

// Close writes what is not yet written and gives the file back.
func (c *Checksums) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
	if c.db != nil {
		c.guard("close", c.db.Close) // a damaged one may still be locked within, and stays open
	}
	c.db, c.broken = nil, true
}

// openChecksums opens the file for writing or, where that may not be, for reading.
func (d *Dir) openChecksums(name string, share float64) (*bbolt.DB, rotation, error) {
	if err := d.checkChecksums(name); err != nil {
		return nil, rotation{}, err
	}
	db, err := d.openDB(name, false)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		db, err = d.openDB(name, true)
	}
	if err != nil {
		return nil, rotation{}, err
	}
	db.AllocSize = 1 << 20 // the file grows by that, not by as much as it has
	window, err := readMeta(db, share)
	if err != nil {
		return nil, rotation{}, errors.Join(err, db.Close())
	}
	return db, window, nil
}

// checkChecksums looks at the shape of the file while nobody can write to it.
func (d *Dir) checkChecksums(name string) error {
	info, err := d.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	db, err := d.openDB(name, true)
	if err != nil {
		return err
	}
	defer db.Close()
	file, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return err
	}
	return checkPages(file, info.Size())
}

func (d *Dir) openDB(name string, readOnly bool) (db *bbolt.DB, err error) {
	defer catchDamage(&err)
	db, err = bbolt.Open(name, 0o600, &bbolt.Options{
		Timeout: lockPatience, ReadOnly: readOnly,
		OpenFile: func(_ string, flag int, mode os.FileMode) (*os.File, error) { return d.root.OpenFile(name, flag, mode) },
	})
	_, isSystem := errors.AsType[*fs.PathError](err)
	if err == nil || isSystem || errors.Is(err, bbolterrors.ErrTimeout) {
		return db, err
	}
	return nil, fmt.Errorf("%w: %w", errForeign, err)
}

// readMeta makes sure that the file is one of this version, and marks a new one so.
func readMeta(db *bbolt.DB, share float64) (window rotation, err error) {
	defer catchDamage(&err)
	isNew := false
	err = db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(metaBucket))
		switch {
		case meta != nil && string(meta.Get([]byte(versionKey))) == checksumsVersion:
			window = readRotation(meta, share)
			return nil
		case isEmpty(tx):
			isNew = true
			return nil
		}
		return errForeign
	})
	if !isNew || err != nil || db.IsReadOnly() {
		return window, err
	}
	return newRotation(0, share), db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket([]byte(metaBucket))
		if err != nil {
			return err
		}
		return meta.Put([]byte(versionKey), []byte(checksumsVersion))
	})
}

func isEmpty(tx *bbolt.Tx) bool {
	key, _ := tx.Cursor().First()
	return key == nil
}

// guard does something with the file. Where it fails, by an error or because the file
// is damaged, the cache is given up.
func (c *Checksums) guard(what string, do func() error) {
	if c.broken {
		return
	}
	err := func() (err error) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer catchDamage(&err)
		return do()
	}()
	if errors.Is(err, errForeign) {
		err = errors.Join(err, c.remove()) // for the next run to make anew
	}
	if err != nil {
		c.broken = true
		c.log.Warn("the checksum cache is left alone: files are read again", "cause", fmt.Errorf("%s: %w", what, err))
	}
}

// catchDamage turns what comes of pages that are not as they were written, a panic or
// a fault in the mapped file, into an error. It is to be deferred.
func catchDamage(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("%w: %v", errForeign, cause)
	}
}
