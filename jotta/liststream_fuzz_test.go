package jotta

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/bench"
)

// oracle reads a listing with encoding/xml. It returns false for what is not
// well-formed, not whole, or beyond what a listing can be.
type oracle struct {
	folders map[string]bool
	files   []oracleFile
	stats   []oracleStats
}

type oracleFile struct {
	Path     []string `xml:"path"`
	Name     []string `xml:"filename"`
	MD5      []string `xml:"md5"`
	Size     []string `xml:"size"`
	Modified []string `xml:"modified"`
}

type oracleStats struct {
	Folders []string `xml:"folders"`
	Files   []string `xml:"files"`
}

func (o *oracle) read(doc string) bool {
	o.folders = map[string]bool{}
	d := xml.NewDecoder(strings.NewReader(doc))
	for depth := 0; ; {
		token, err := d.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if depth > 1 && o.element(d, token) {
				depth--
			}
		case xml.EndElement:
			depth--
		}
	}
}

// element decodes an entry, and reports whether it was one.
func (o *oracle) element(d *xml.Decoder, start xml.StartElement) bool {
	switch start.Name.Local {
	case "file":
		var f oracleFile
		if d.DecodeElement(&f, &start) == nil && len(f.Path) == 1 {
			o.files = append(o.files, f)
			o.folders[f.Path[0]] = true
		}
	case "folder":
		var f oracleFile
		if d.DecodeElement(&f, &start) == nil && len(f.Path) == 1 {
			o.folders[f.Path[0]] = true
		}
	case "stats":
		var s oracleStats
		if d.DecodeElement(&s, &start) == nil {
			o.stats = append(o.stats, s)
		}
	default:
		return false
	}
	return true
}

// listing builds what the parser should have built.
func (o *oracle) listing(t *testing.T) *Listing {
	b := NewListingBuilder()
	relative := func(path string) string {
		segments := strings.SplitN(path, "/", 4)
		return strings.Join(segments[min(len(segments), 3):], "/")
	}
	for path := range o.folders {
		b.AddFolder(relative(path))
	}
	for _, f := range o.files {
		var file RemoteFile
		if len(f.Size) != 1 || len(f.MD5) != 1 || len(f.Name) != 1 {
			continue
		}
		sum, err := ParseMD5(strings.TrimSpace(f.MD5[0]))
		size, sizeErr := strconv.ParseUint(strings.TrimSpace(f.Size[0]), 10, 63)
		if err != nil || sizeErr != nil || strings.ContainsAny(f.Name[0], "\t\r\n") {
			continue
		}
		file.MD5, file.Size = sum, int64(size)
		b.AddFile(relative(f.Path[0]), f.Name[0], file)
	}
	listing, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return listing
}

// FuzzListStream holds the parser to encoding/xml: where it accepts a well-formed
// document, the other reads the same files from it, and the counts agree.
func FuzzListStream(f *testing.F) {
	golden, err := os.ReadFile("testdata/liststream.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(golden))
	f.Add(listStreamDocument(2))
	f.Add("<l>" + oneFile + oneStats + "</l>")
	f.Add("<l><file><path>/backup/pictures/x</path><filename><![CDATA[&]]>&amp;</filename><md5/><size/></file>" + oneStats + "</l>")
	f.Fuzz(func(t *testing.T, doc string) {
		listing, err := parseString(doc)
		if err != nil {
			if listing != nil || !errors.Is(err, ErrTornListing) && !errors.Is(err, ErrNotFolder) {
				t.Fatalf("%v, %v", listing, err)
			}
			return
		}
		var o oracle
		if !utf8.ValidString(doc) || strings.Contains(doc, "deleted") || !o.read(doc) {
			return // the parser is the more lenient one
		}
		if len(o.stats) != 1 {
			t.Fatalf("accepted with %d <stats>", len(o.stats))
		}
		got := fmt.Sprintf("[[%d] [%d]]", len(o.folders), len(o.files))
		want := fmt.Sprint([][]string{trimZeros(o.stats[0].Folders), trimZeros(o.stats[0].Files)})
		if got != want {
			t.Errorf("accepted %s, stats say %s", got, want)
		}
		if diff := cmp.Diff(dump(o.listing(t).Root()), dump(listing.Root())); diff != "" {
			t.Errorf("encoding/xml (-), parser (+):\n%s", diff)
		}
	})
}

func trimZeros(numbers []string) []string {
	trimmed := make([]string, len(numbers))
	for i, n := range numbers {
		n = strings.TrimLeft(strings.TrimSpace(n), "0")
		if n == "" {
			n = "0"
		}
		trimmed[i] = n
	}
	return trimmed
}

// BenchmarkListStream reads a listing of 20,000 files, in turn with encoding/xml.
func BenchmarkListStream(b *testing.B) {
	doc := listStreamDocument(20_000)
	ours := func() error {
		_, err := parseString(doc)
		return err
	}
	theirs := func() error {
		if !new(oracle).read(doc) {
			return errors.New("not read")
		}
		return nil
	}
	rate := func(parse func() error) float64 {
		began := time.Now()
		if err := parse(); err != nil {
			b.Fatal(err)
		}
		return float64(len(doc)) / 1e6 / time.Since(began).Seconds()
	}
	var parser, xml []float64
	for b.Loop() {
		parser, xml = append(parser, rate(ours)), append(xml, rate(theirs))
	}
	bench.Figure{Unit: "MB/s", Ours: bench.Median(parser), Baseline: bench.Median(xml), AtLeast: 8}.Report(b)
	b.ReportMetric(testing.AllocsPerRun(1, func() { _ = ours() })/20_000, "allocs/file")
}
