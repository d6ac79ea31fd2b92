package jotta

import (
	"fmt"
	"io"
	"strings"
)

// flatList reads the answer to ?mode=list: one <folder> after the other, in any order,
// each with its files. What is incomplete or in the trash is in it, too.
type flatList struct {
	within  listedFolder
	found   map[string]*jfsFolder // by path below the listed folder
	paths   []string              // of found, in the order of the document
	builder *ListingBuilder
}

// parseFlatList returns the listing of p, or an error that is ErrTornListing where the
// document is anything but whole.
func parseFlatList(r io.Reader, p Path) (*Listing, error) {
	l := &flatList{within: newListedFolder(p), found: map[string]*jfsFolder{}, builder: NewListingBuilder()}
	err := readXML(r, func(s *xmlScanner, root xmlTag) error {
		switch string(root.name) {
		case "filedirlist":
			return s.children(func(child xmlTag) error { return l.readFolders(s, child) })
		case "file":
			return ErrNotFolder
		}
		return fmt.Errorf("<%s> is no list of folders", harmless(string(root.name), 40))
	})
	if err != nil {
		return nil, torn(err)
	}
	listing, err := l.build()
	return listing, torn(err)
}

func (l *flatList) readFolders(s *xmlScanner, tag xmlTag) error {
	if string(tag.name) != "folders" {
		return nil
	}
	return s.children(func(child xmlTag) error {
		if string(child.name) != "folder" {
			return nil
		}
		f, err := readFolder(s, child)
		if err != nil {
			return err
		}
		return l.add(f)
	})
}

func (l *flatList) add(f *jfsFolder) error {
	whole := f.parent + "/" + f.name
	path, inside := l.within.relativeJFS(whole)
	switch {
	case f.name == "" || strings.Contains(f.name, "/"):
		return fmt.Errorf("a folder with the name %q", harmless(f.name, 80))
	case !inside:
		return fmt.Errorf("%.200q is outside of it", whole)
	case l.found[path] != nil:
		return fmt.Errorf("%.200q is listed twice", whole)
	}
	l.found[path] = f
	l.paths = append(l.paths, path)
	return nil
}

func (l *flatList) build() (*Listing, error) {
	for _, path := range l.paths {
		switch f := l.found[path]; {
		case l.isTrashed(path):
		case f.fault != "":
			l.builder.AddOdd(path, "the path: "+f.fault)
		default:
			if err := l.checkBelow(path, f); err != nil {
				return nil, err
			}
			f.addTo(l.builder, path, false)
		}
	}
	return l.builder.Build()
}

// checkBelow makes sure that each folder which another one names has its own place in
// the document: what is in it would be missed.
func (l *flatList) checkBelow(path string, f *jfsFolder) error {
	for _, inner := range f.folders {
		if at := joinPath(path, inner.name); !inner.trashed && l.found[at] == nil {
			return fmt.Errorf("%.200q is named, and not listed", at)
		}
	}
	return nil
}

// isTrashed reports whether the folder, or one above it, is in the trash: then nothing
// in it is present, even if it does not say so itself.
func (l *flatList) isTrashed(path string) bool {
	for {
		if f := l.found[path]; f != nil && f.trashed {
			return true
		}
		if path == "" {
			return false
		}
		path, _ = splitPath(path)
	}
}
