package jotta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/sourcegraph/conc/pool"
)

const (
	folderRequests   = 4       // in flight while listing folder by folder
	maxListedFolders = 1 << 20 // by as many requests
)

// folderWalk lists a tree with one request a folder, level by level. It cannot go in
// circles: each request is for a longer path than the one it came from, and the number
// of levels and of folders is limited.
type folderWalk struct {
	client  *Client
	top     Path
	builder *ListingBuilder
	folders int
	shallow bool // only what is directly in the folder
	trashed bool // only what is in the trash
	gone    bool // the folder itself was found to be in the trash
}

// walkedFolder is a folder to ask for, by its escaped path below the listed one, and
// later the answer.
type walkedFolder struct {
	path   string
	answer *jfsFolder
}

func (c *Client) listFolders(ctx context.Context, p Path) (*Listing, error) {
	w := &folderWalk{client: c, top: p, builder: NewListingBuilder()}
	return w.list(ctx)
}

func (w *folderWalk) list(ctx context.Context) (*Listing, error) {
	level := []walkedFolder{{path: ""}}
	for depth := 0; len(level) > 0; depth++ {
		w.folders += len(level)
		if w.folders > maxListedFolders {
			return nil, w.torn(fmt.Errorf("more than %d folders", maxListedFolders))
		}
		answers, err := w.ask(ctx, level)
		if err != nil {
			return nil, err
		}
		level = w.add(answers, depth)
	}
	listing, err := w.builder.Build()
	if err != nil {
		return nil, w.torn(err)
	}
	return listing, nil
}

func (w *folderWalk) torn(err error) error {
	return w.client.operation("list", w.top).fail(torn(err))
}

// ask makes the requests of one level. The first error ends it: there will be no listing.
func (w *folderWalk) ask(ctx context.Context, level []walkedFolder) ([]walkedFolder, error) {
	requests := pool.NewWithResults[walkedFolder]().WithMaxGoroutines(folderRequests).
		WithContext(ctx).WithCancelOnError().WithFirstError()
	for _, folder := range level {
		requests.Go(func(ctx context.Context) (walkedFolder, error) {
			op := w.client.operation("list", w.top.Join(decodePath(folder.path)))
			answer, err := runFor(ctx, op, func(ctx context.Context) (*jfsFolder, error) {
				return op.readOneFolder(ctx, w.top, folder.path)
			})
			if errors.Is(err, ErrNotFound) && folder.path != "" {
				// Not a missing folder: the one above says that there is one.
				err = op.fail(torn(errors.New("the folder went away while it was listed")))
			}
			return walkedFolder{folder.path, answer}, err
		})
	}
	return requests.Wait()
}

// add notes what a level holds, and returns the level below it.
func (w *folderWalk) add(level []walkedFolder, depth int) []walkedFolder {
	var below []walkedFolder
	for _, folder := range level {
		if folder.answer.trashed && !w.trashed {
			w.gone = folder.path == ""
			continue
		}
		folder.answer.addTo(w.builder, folder.path, w.trashed)
		for _, inner := range folder.answer.folders {
			path, fault := joinPath(folder.path, inner.name), inner.fault
			if fault == "" {
				fault = oddReason(DecodeName(inner.name))
			}
			switch {
			case inner.trashed && !w.trashed:
			case fault != "":
				w.builder.AddOdd(path, "the name: "+fault)
			case w.shallow:
				w.builder.AddFolder(path)
			case depth == maxFolderDepth:
				w.builder.AddOdd(path, fmt.Sprintf("it is more than %d folders deep", maxFolderDepth))
			default:
				below = append(below, walkedFolder{path: path})
			}
		}
	}
	return below
}

// readOneFolder makes one attempt at the folder that has the escaped path below top.
func (o *operation) readOneFolder(ctx context.Context, top Path, path string) (*jfsFolder, error) {
	at, err := o.folderURL(ctx, top, path)
	if err != nil {
		return nil, err
	}
	var folder *jfsFolder
	err = o.readListing(ctx, at, func(body io.Reader) (err error) {
		folder, err = parseFolder(body)
		if err == nil && path != "" && FoldName(folder.name) != FoldName(baseName(path)) {
			err = torn(fmt.Errorf("the answer is about %q", harmless(folder.name, 80)))
		}
		return err
	})
	return folder, err
}

// folderURL keeps the spelling of the service, which need not be the one that a plain
// name would be given.
func (o *operation) folderURL(ctx context.Context, top Path, path string) (*url.URL, error) {
	at, err := o.jfsURL(ctx, top)
	if err != nil || path == "" {
		return at, err
	}
	return at.Parse(at.EscapedPath() + escapePath(splitSegments(path)...))
}

// parseFolder reads the document of one folder.
func parseFolder(r io.Reader) (folder *jfsFolder, err error) {
	err = readXML(r, func(s *xmlScanner, root xmlTag) (err error) {
		switch string(root.name) {
		case "folder", "mountPoint":
			folder, err = readFolder(s, root)
			return err
		case "file":
			return ErrNotFolder
		}
		return fmt.Errorf("<%s> is no folder", harmless(string(root.name), 40))
	})
	return folder, torn(err)
}
