package jotta

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

func parseListStream(r io.Reader, p Path) (*Listing, error) {
	var doc struct {
		Folders []struct {
			Path string `xml:"path"`
		} `xml:"folder"`
		Files []struct {
			Path     string `xml:"path"`
			Name     string `xml:"filename"`
			MD5      string `xml:"md5"`
			Size     int64  `xml:"size"`
			Modified string `xml:"modified"`
		} `xml:"file"`
		Stats *struct {
			Files int `xml:"files"`
		} `xml:"stats"`
	}
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTornListing, err)
	}
	if doc.Stats == nil || doc.Stats.Files != len(doc.Files) {
		return nil, ErrTornListing
	}
	_, prefix, _ := strings.Cut(p.encode()[1:], "/")
	b := NewListingBuilder()
	rel := func(s string) string { return strings.TrimPrefix(s[min(len(s), len(prefix)+1):], "/") }
	for _, f := range doc.Folders {
		b.AddFolder(rel(f.Path))
	}
	for _, f := range doc.Files {
		sum, _ := ParseMD5(f.MD5)
		modified, _ := time.Parse(time.RFC3339Nano, f.Modified)
		b.AddFile(rel(f.Path), f.Name, RemoteFile{Size: f.Size, MD5: sum, Modified: modified})
	}
	return b.Build()
}
