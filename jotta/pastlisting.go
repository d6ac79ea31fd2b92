package jotta

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// pastBuilder collects the files whose versions are to be asked for.
type pastBuilder struct {
	past    *Past
	folder  Path
	builder *ListingBuilder
	asked   []pastFile
}

type pastFile struct {
	folder string // below the listed one
	file   RemoteFile
	missed bool   // it has no such version
	fault  string // why its versions are not known
	reign  reign  // of the chosen version
}

// reign is the time in which a version was the newest complete one.
type reign struct{ from, until time.Time } // zero: not known; not over

func (b *pastBuilder) add(l *Listing, trashed bool) {
	if l == nil {
		return
	}
	for _, odd := range l.Odd() {
		b.builder.AddOdd(odd.Path, odd.Reason)
	}
	b.addFolder(l.Root(), trashed)
}

func (b *pastBuilder) addFile(path string) {
	folder, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, name = path[:i], path[i+1:]
	}
	b.asked = append(b.asked, pastFile{folder: folder, file: RemoteFile{Name: name}})
}

func (b *pastBuilder) addFolder(f Folder, trashed bool) {
	path := f.Path()
	if isEmpty := f.NumFiles()+f.NumFolders() == 0; isEmpty && !trashed {
		b.builder.AddFolder(encodeRelative(path)) // others may have had nothing in them of what is wanted
	}
	wanted := b.past.options.Wanted
	for i := range f.NumFiles() {
		file := f.File(i)
		if wanted == nil || wanted(joinPath(path, file.Name)) {
			b.asked = append(b.asked, pastFile{folder: path, file: file})
		}
	}
	for i := range f.NumFolders() {
		b.addFolder(f.Folder(i), trashed)
	}
}

const versionRequests = 8 // in flight while the versions of many files are asked for

func (b *pastBuilder) build(ctx context.Context) (*Listing, error) {
	requests := pool.New().WithMaxGoroutines(versionRequests).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i := range b.asked {
		requests.Go(func(ctx context.Context) error { return b.past.settle(ctx, b.folder, &b.asked[i]) })
	}
	if err := requests.Wait(); err != nil {
		return nil, err
	}
	if err := b.addBeside(ctx); err != nil {
		return nil, err
	}
	for _, f := range b.asked {
		folder, name := encodeRelative(f.folder), EncodeName(f.file.Name)
		switch {
		case f.fault != "":
			b.builder.AddOdd(joinPath(folder, name), f.fault)
		case !f.missed:
			b.builder.AddFile(folder, name, f.file)
		}
	}
	listing, err := b.builder.Build()
	if err != nil {
		return nil, b.past.client.operation("list", b.folder).fail(torn(err))
	}
	return listing, nil
}

// addBeside adds the other file of the same time, if the cloud has kept it of then.
func (b *pastBuilder) addBeside(ctx context.Context) error {
	name, file := b.past.options.Beside, b.past.options.File
	if name == "" || file == "" || name == file || b.asked[0].reign.from.IsZero() {
		return nil
	}
	reign := b.asked[0].reign
	b.addFile(name)
	beside := &b.asked[1]
	if err := b.past.choose(ctx, b.folder, beside, reign.has); err != nil {
		return err
	}
	beside.missed, beside.fault = beside.missed || beside.fault != "", ""
	return nil
}

func (r reign) has(v Version) bool {
	return !v.Updated.IsZero() && !v.Updated.Before(r.from) && (r.until.IsZero() || v.Updated.Before(r.until))
}

// settle makes of a file the version of it that is wanted. That one file cannot be made
// out stops no other.
func (p *Past) settle(ctx context.Context, folder Path, f *pastFile) error {
	if p.options.Number == 0 && p.options.AsOf.IsZero() {
		return nil
	}
	return p.choose(ctx, folder, f, p.options.means)
}

// choose makes of a file the newest version of it that is meant.
func (p *Past) choose(ctx context.Context, folder Path, f *pastFile, meant func(Version) bool) error {
	path := folder.Join(joinPath(f.folder, f.file.Name))
	versions, err := p.client.Versions(ctx, path)
	switch {
	case errors.Is(err, ErrNotFound):
		f.missed = true // it went away for good, with its versions
		return nil
	case errors.Is(err, errNotFile):
		f.fault = "a folder has its name by now, which hides its versions" // [?]
		return nil
	case errors.Is(err, ErrBadAnswer):
		f.fault = err.Error()
		return nil
	case err != nil:
		return err
	}
	i := newest(versions, meant)
	if i < 0 {
		f.missed, f.fault = true, p.options.lost(versions)
		return nil
	}
	v := versions[i]
	f.reign.from = v.Updated
	for _, newer := range versions[:i] {
		if newer.Complete() {
			f.reign.until = newer.Updated // of the next one, in the end
		}
	}
	if !isCurrent(v, versions) {
		p.mu.Lock()
		p.older[path] = v
		p.mu.Unlock()
	}
	f.file.Size, f.file.MD5, f.file.Modified = v.Size, v.MD5, v.Modified
	return nil
}

// newest returns the place of the first version that is meant and can be brought back,
// or -1.
func newest(versions []Version, meant func(Version) bool) int {
	return slices.IndexFunc(versions, func(v Version) bool { return v.Complete() && meant(v) })
}

// means reports whether a version is one that is wanted.
func (o *PastOptions) means(v Version) bool {
	switch {
	case o.Number > 0 && v.Number != o.Number:
		return false
	case !o.AsOf.IsZero() && (v.Updated.IsZero() || v.Updated.After(o.AsOf)):
		return false
	}
	return true
}

// lost says why a version is not there that may have been: the service keeps but the
// newest ones, so that all of a moment's may have gone. Numbers count from 1.
func (o *PastOptions) lost(versions []Version) string {
	if o.AsOf.IsZero() || len(versions) == 0 {
		return ""
	}
	oldest := versions[len(versions)-1]
	if oldest.Number <= 1 {
		return ""
	}
	return fmt.Sprintf("what it held then is not kept any more: of its versions, number %d is the oldest that the cloud has", oldest.Number)
}

// isCurrent reports whether a plain download gets what a version has.
func isCurrent(v Version, versions []Version) bool {
	return slices.ContainsFunc(versions, func(now Version) bool { return now.Current && now.MD5 == v.MD5 && now.Size == v.Size })
}

func encodeRelative(path string) string { return Path(path).encode() }
