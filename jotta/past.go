package jotta

import (
	"context"
	"errors"
	"sync"
	"time"
)

// PastOptions say which versions of which files are wanted.
type PastOptions struct {
	AsOf    time.Time             // the newest version uploaded by then, of files in the trash as well; zero: of any time
	Number  int                   // the version of this number; 0: of any number
	File    string                // the only file to look at, in the trash as well, by its path below the listed folder; "": all
	Beside  string                // another file, listed with File: as it was while the chosen version of that was the newest
	Trashed bool                  // only files in the trash
	Wanted  func(rel string) bool // by the path below the listed folder; nil: all. It may be called by many goroutines
}

// Past is a folder of the cloud with other versions of its files than the current ones.
// It lists and downloads as a Client does, so that who compares and restores need not
// know. It costs a request for each wanted file; another one for each folder where the
// trash is looked at; and for each file whose version is not the current one those of
// WithVersion. It is safe for use by many goroutines.
type Past struct {
	client  *Client
	target  Path
	options PastOptions

	mu    sync.Mutex
	older map[Path]Version // what a plain download would not give
}

// Past returns the past of a job's target. Nothing is sent yet.
func (c *Client) Past(target Path, o PastOptions) *Past {
	return &Past{client: c, target: target, options: o, older: map[Path]Version{}}
}

// List returns the chosen versions of the wanted files below p, and no others. A file
// that has no such version is not in it.
func (p *Past) List(ctx context.Context, folder Path) (*Listing, error) {
	b := &pastBuilder{past: p, folder: folder, builder: NewListingBuilder()}
	if p.options.File != "" {
		b.addFile(p.options.File)
		return b.build(ctx)
	}
	if !p.options.Trashed {
		live, err := p.client.List(ctx, folder)
		if err != nil {
			return nil, err
		}
		b.add(live, false)
	}
	if p.options.Trashed || !p.options.AsOf.IsZero() {
		gone, err := p.client.ListTrashed(ctx, folder)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		b.add(gone, true)
	}
	return b.build(ctx)
}

// Download is that of a Client, for a file of a listing. A version that is not the
// current one comes by way of a scratch path, as does a file of the trash where it
// cannot be read as it is [?].
func (p *Past) Download(ctx context.Context, d Download) (int64, error) {
	p.mu.Lock()
	version, older := p.older[d.Path]
	p.mu.Unlock()
	if !older {
		n, err := p.client.Download(ctx, d)
		if n > 0 || !errors.Is(err, ErrNotFound) {
			return n, err
		}
		version = Version{Size: d.Size, MD5: d.MD5}
	}
	return p.viaScratch(ctx, d, version)
}

// viaScratch links again what another process swept before it could be read.
func (p *Past) viaScratch(ctx context.Context, d Download, v Version) (n int64, err error) {
	for range 3 {
		err = p.client.WithVersion(ctx, p.target, v, func(scratch Path) (err error) {
			d.Path = scratch
			n, err = p.client.Download(ctx, d)
			return err
		})
		if n > 0 || !errors.Is(err, ErrNotFound) {
			return n, err
		}
	}
	return n, err
}

// Sweep removes what downloads have left, those of a killed process too. It is to be
// called before the first and after the last one.
func (p *Past) Sweep(ctx context.Context) error { return p.client.SweepScratch(ctx, p.target) }
