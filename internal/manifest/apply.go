package manifest

import (
	"context"
	"errors"
	"io"
)

// Options say what of a manifest is applied.
type Options struct {
	Owners     bool // give everything to its owner; only root can
	Privileged bool // set-uid and set-gid bits, devices, attributes that the system trusts
	Top        bool // the folders that are restored to become like the job's roots

	// Wanted reports whether something, by its path in the cloud, belongs to what is
	// restored; nil: everything does. It is asked in the order of the manifest.
	Wanted func(cloud string, folder bool) bool
	// Restored reports whether a file here, by its path in the cloud, holds what the cloud
	// has of it; others are left alone. nil: all that are there do.
	Restored func(cloud string) bool

	Withheld func(Note) // told of what the options leave out
	Failed   func(Note) // told of what could not be applied
}

// Result counts what an Apply has come to.
type Result struct {
	Entries  int // of the manifest that are wanted
	Withheld int
	Failed   int
}

// Opener opens a manifest at its beginning; each pass over it reads it anew, so that it
// need not fit into memory.
type Opener func() (io.ReadCloser, error)

// Count reads a manifest to its end and returns how many of its entries are wanted. It
// is an error where anything in it is not as it should be.
func Count(ctx context.Context, open Opener, wanted func(cloud string, folder bool) bool) (int, error) {
	a := &applying{open: open, options: Options{Wanted: wanted}}
	err := a.each(ctx, func(Entry) { a.result.Entries++ })
	return a.result.Entries, err
}

// Apply gives restored files what the manifest knows of them, and makes what is no
// file. Nothing is written outside the dirs or through a link in them, whatever the
// manifest says and whoever changes them meanwhile. What is in the way stays and is
// named. To apply a manifest twice is harmless.
//
// The whole manifest is read before anything is changed. Then come the folders; files,
// hard links and special files; symbolic links; and at last, the deepest first, the
// modes and times of folders, which nothing changes any more.
func Apply(ctx context.Context, open Opener, dirs []Dir, options Options) (Result, error) {
	a := &applying{
		open: open, options: options, names: newNames(), groups: map[int]member{}, shared: map[int]*shared{},
		cursor: cursor{dirs: dirs}, other: cursor{dirs: dirs},
	}
	defer a.cursor.close()
	defer a.other.close()
	entries, err := Count(ctx, open, options.Wanted)
	if err != nil {
		return Result{}, err
	}
	a.result.Entries = entries
	for _, pass := range []func(Entry){a.makeFolder, a.fileOrSpecial, a.symlink} {
		if err := a.each(ctx, pass); err != nil {
			return a.result, err
		}
	}
	if err = a.finishShared(ctx); err == nil {
		err = a.finishFolders(ctx)
	}
	if err == nil {
		a.finishDirs()
	}
	return a.result, err
}

type applying struct {
	open    Opener
	options Options
	names   *names
	groups  map[int]member
	shared  map[int]*shared // by their number as a group
	cursor  cursor          // where the entry is
	other   cursor          // where another name of it is
	result  Result
}

// each goes through the wanted entries.
func (a *applying) each(ctx context.Context, do func(Entry)) error {
	return a.read(ctx, func(e Entry, _ int) {
		if a.wanted(e) {
			do(e)
		}
	})
}

// read goes through all entries, with how many folders each leaves behind.
func (a *applying) read(ctx context.Context, do func(e Entry, left int)) error {
	file, err := a.open()
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := NewReader(file)
	if err != nil {
		return err
	}
	defer reader.Close()
	for ctx.Err() == nil {
		entry, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		do(entry, reader.Left())
	}
	return context.Cause(ctx)
}

func (a *applying) wanted(e Entry) bool {
	return a.options.Wanted == nil || a.options.Wanted(e.at(), e.Kind == Folder)
}

func (a *applying) restored(e Entry) bool {
	return a.options.Restored == nil || a.options.Restored(e.at())
}

func (a *applying) withhold(path, reason string) {
	a.result.Withheld++
	if a.options.Withheld != nil {
		a.options.Withheld(Note{path, reason})
	}
}

func (a *applying) fail(path, what string, err error) {
	if err != nil {
		what += ": " + err.Error()
	}
	a.result.Failed++
	if a.options.Failed != nil {
		a.options.Failed(Note{path, what})
	}
}
