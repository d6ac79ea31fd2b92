package jotta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// node is what JFS says of one path. The zero value says that nothing is there.
type node struct {
	kind     string // fileNode or folderNode
	jfsFile         // of a folder: name and trashed alone
	parent   string // "/user/device/…", or "" where it is not said
	contents *jfsFolder
	versions []Version
}

const (
	fileNode   = "file"
	folderNode = "folder"
)

// question is a request that is answered by a node.
type question struct {
	method string
	path   Path
	query  string
	header http.Header
	whole  bool // a folder with all that is in it, however much that is
	past   bool // a file with all its versions
}

// maxFolderAnswer is room for some 500,000 files in one folder.
const maxFolderAnswer = 256 << 20

// look asks what is at p.
func (o *operation) look(ctx context.Context, p Path) (node, error) {
	return o.lookWith(ctx, question{method: http.MethodGet, path: p})
}

// lookInto asks for all that is directly in the folder p.
func (o *operation) lookInto(ctx context.Context, p Path) (node, error) {
	return o.lookWith(ctx, question{method: http.MethodGet, path: p, whole: true})
}

func (o *operation) lookWith(ctx context.Context, q question) (node, error) {
	found, err := o.ask(ctx, q)
	if saysMissing(err) {
		return node{}, nil
	}
	if err == nil {
		err = found.check(q.path)
	}
	return found, err
}

// saysMissing reports whether JFS itself says that nothing is there. The 404 of a
// proxy proves nothing.
func saysMissing(err error) bool {
	var refused *APIError
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound && refused.fromJFS
}

// ask makes one attempt at a request. What its answer speaks of is for the caller to
// check.
func (o *operation) ask(ctx context.Context, q question) (node, error) {
	u, err := o.jfsURL(ctx, q.path)
	if err != nil {
		return node{}, err
	}
	u.RawQuery = q.query
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), nil)
	if err != nil {
		return node{}, err
	}
	for name, values := range q.header {
		req.Header[name] = values
	}
	resp, err := o.send(ctx, req)
	if err != nil {
		return node{}, err
	}
	defer resp.Body.Close()
	found, err := readNode(resp.Body, q)
	if err == nil || errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		return found, err
	}
	wrong := fmt.Errorf("%w: %w", ErrBadAnswer, err)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		wrong = temporaryError{wrong} // asked again, it may come whole
	}
	return node{}, wrong
}

// errEnough ends the reading of a document whose rest does not matter.
var errEnough = errors.New("enough is known")

func readNode(body io.Reader, q question) (node, error) {
	limit := int64(maxAnswer)
	if q.whole {
		limit = maxFolderAnswer
	}
	limited := &io.LimitedReader{R: body, N: limit + 1}
	var n node
	err := readXML(limited, func(s *xmlScanner, root xmlTag) error {
		switch n.kind = string(root.name); {
		case n.kind == fileNode && q.past:
			return n.readVersions(s, root)
		case n.kind == fileNode:
			return n.readFile(s, root)
		case n.kind == folderNode && q.whole:
			return n.readContents(s, root)
		case n.kind == folderNode:
			n.jfsEntry = readEntry(root)
			return errEnough
		}
		return fmt.Errorf("neither a file nor a folder but a <%s>", harmless(n.kind, 40))
	})
	switch {
	case err == errEnough:
		return n, nil
	case err != nil && limited.N <= 0:
		return node{}, fmt.Errorf("it is longer than %d bytes", limit)
	}
	return n, err
}

func (n *node) readFile(s *xmlScanner, root xmlTag) error {
	n.jfsEntry = readEntry(root)
	seen := false
	return s.children(func(child xmlTag) error {
		switch string(child.name) {
		case "path":
			path, _, err := s.content()
			n.parent = string(path)
			return err
		case "currentRevision": // a latestRevision is not complete
			if seen {
				return errors.New("a <file> with two current revisions")
			}
			seen = true
			return n.readRevision(s)
		}
		return nil
	})
}

func (n *node) readContents(s *xmlScanner, root xmlTag) error {
	folder, err := readFolder(s, root)
	if err != nil {
		return err
	}
	n.jfsEntry, n.parent, n.contents = folder.jfsEntry, folder.parent, folder
	return nil
}

// check makes sure that n is what is at p, and nothing else.
func (n *node) check(p Path) error {
	wanted := p.encode()
	cut := strings.LastIndexByte(wanted, '/')
	_, parent, _ := strings.Cut(strings.TrimPrefix(n.parent, "/"), "/") // the account's name is before it
	if FoldName(n.name) != FoldName(wanted[cut+1:]) || n.parent != "" && FoldName("/"+parent) != FoldName(wanted[:cut]) {
		return fmt.Errorf("%w: it speaks of %q in %q", ErrBadAnswer, harmless(n.name, 100), harmless(n.parent, 200))
	}
	return nil
}
