package jotta

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

func listStreamDocument(files int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><filelist host="dn-001">`)
	folders := 0
	for i := range files {
		if i%20 == 0 {
			folders++
			fmt.Fprintf(&b, "<folder><path>/backup/pictures/2025/%04d</path></folder>", i/20)
		}
		fmt.Fprintf(&b, "<file><path>/backup/pictures/2025/%04d</path><filename>image_%06d.jpg</filename><md5>%032x</md5>"+
			"<size>%d</size><modified>2026-01-02T03:04:05.000Z</modified><created>2026-01-02T03:04:05.000Z</created></file>", i/20, i, i+1, i*1000)
	}
	fmt.Fprintf(&b, "<stats><folders>%d</folders><files>%d</files></stats></filelist>", folders, files)
	return b.String()
}

func BenchmarkListStream(b *testing.B) {
	const files = 20_000
	doc := listStreamDocument(files)
	b.Run("jotta", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parseListStream(strings.NewReader(doc), "/mybox/backup/pictures"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(strings.NewReader(doc))
			for {
				t, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				if s, ok := t.(xml.StartElement); ok && s.Name.Local == "file" {
					var f oracleFile
					if err := d.DecodeElement(&f, &s); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
}

type oracleFile struct {
	Path     string `xml:"path"`
	Name     string `xml:"filename"`
	MD5      string `xml:"md5"`
	Size     string `xml:"size"`
	Modified string `xml:"modified"`
}
