package jotta

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	listed   = Path("/mybox/backup/pictures")
	someMD5  = "125073533339a616b99bc53efc509561"
	oneFile  = "<file><path>/backup/pictures</path><filename>a</filename><md5>" + someMD5 + "</md5><size>1</size></file>"
	oneStats = "<stats><folders>1</folders><files>1</files></stats>"
)

func parseString(doc string) (*Listing, error) {
	return parseListStream(strings.NewReader(doc), listed)
}

// dumpListing adds the odd names to what dump shows.
func dumpListing(l *Listing) []string {
	lines := dump(l.Root())
	for _, o := range l.Odd() {
		lines = append(lines, fmt.Sprintf("odd %q: %s", o.Path, o.Reason))
	}
	return lines
}

func TestListStream(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("testdata/liststream.xml")
	if err != nil {
		t.Fatal(err)
	}
	// A byte at a time, every token meets the end of what has been read.
	listing, err := parseListStream(iotest.OneByteReader(strings.NewReader(string(doc))), listed)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a.jpg 1816221", "2025/", "2025/ lead & trail  1", "2025/R&B & <x> &amp; ✓ 0",
		"a:b/", "a:b/what?.txt 2", "empty/",
	}
	if diff := cmp.Diff(want, dumpListing(listing)); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	file := listing.Root().File(0)
	if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); file.MD5.String() != someMD5 || !file.Modified.Equal(want) {
		t.Errorf("got %+v", file)
	}
	upper := listing.Root().Folder(0).File(0)
	if upper.MD5 != file.MD5 || !upper.Modified.IsZero() {
		t.Errorf("got %+v, want the same MD5 and no time", upper)
	}
}

// A listing that is cut anywhere must not look like deleted files.
func TestListStreamCutAtEveryByte(t *testing.T) {
	t.Parallel()
	doc := listStreamDocument(90)
	if len(doc) < 20_000 {
		t.Fatalf("the document has %d bytes only", len(doc))
	}
	if _, err := parseString(doc); err != nil {
		t.Fatal(err)
	}
	for n := range len(doc) {
		if _, err := parseString(doc[:n]); !errors.Is(err, ErrTornListing) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
}

func TestListStreamTorn(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, doc, want string }{
		{"empty", "", "unexpected EOF"},
		{"no stats", "<l>" + oneFile + "</l>", "<stats> is missing"},
		{"a file too few", "<l>" + oneFile + "<stats><folders>1</folders><files>2</files></stats></l>", "says 2 in 1"},
		{"a file too many", "<l>" + oneFile + "<stats><folders>1</folders><files>0</files></stats></l>", "says 0 in 1"},
		{"a folder too few", "<l>" + oneFile + "<stats><folders>2</folders><files>1</files></stats></l>", "says 1 in 2"},
		{"stats without files", "<l><stats><folders>0</folders></stats></l>", "too little"},
		{"stats not a number", "<l><stats><folders>0</folders><files>-0</files></stats></l>", "something else than a number"},
		{"two stats", "<l>" + oneFile + oneStats + oneStats + "</l>", "two <stats>"},
		{"listed twice", "<l>" + oneFile + oneFile + "<stats><folders>1</folders><files>2</files></stats></l>", `"a" is listed twice`},
		{"listed twice, escaped", "<l>" + strings.Repeat(strings.Replace(oneFile, ">a<", ">a%<", 1), 2) +
			"<stats><folders>1</folders><files>2</files></stats></l>", `"a%" is listed twice`},
		{"garbage behind", "<l>" + oneFile + oneStats + "</l>x", "text outside"},
		{"second root", "<l>" + oneFile + oneStats + "</l><l/>", "a second root"},
		{"garbage before", "x<l>" + oneFile + oneStats + "</l>", "text outside"},
		{"wrong end tag", "<l>" + oneFile + oneStats + "</m>", "</m> closes nothing"},
		{"stray end tag", "<l>" + oneFile + oneStats + "</x></l>", "</x> closes nothing"},
		{"file in file", "<l><file>" + oneFile + "</file>" + oneStats + "</l>", "<file> within a <file>"},
		{"element in path", "<l><file><path>/b<x/></path></file>" + oneStats + "</l>", "an element within a text"},
		{"two paths", "<l><folder><path>/backup/pictures</path><path>/backup/pictures</path></folder>" + oneStats + "</l>", "two <path>"},
		{"no path", "<l><folder/>" + oneStats + "</l>", "<folder> without a path"},
		{"no name", "<l>" + strings.Replace(oneFile, "<filename>a</filename>", "", 1) + oneStats + "</l>", "without a name"},
		{"outside", "<l><folder><path>/backup/other</path></folder>" + oneStats + "</l>", "outside of it"},
		{"outside, longer", "<l><folder><path>/backup/picturesque</path></folder>" + oneStats + "</l>", "outside of it"},
		{"relative", "<l><folder><path>backup/pictures</path></folder>" + oneStats + "</l>", "outside of it"},
		{"doctype", `<!DOCTYPE l SYSTEM "x"><l>` + oneFile + oneStats + "</l>", "a declaration"},
		{"Latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?><l>` + oneFile + oneStats + "</l>", "not in UTF-8"},
		{"tag in tag", "<l <x>>" + oneFile + oneStats + "</l>", "a tag within a tag"},
		{"nameless tag", "<l>< >" + oneStats + "</l>", "without a name"},
		{"plain folder", `<folder name="pictures"><folders/><files/></folder>`, "<stats> is missing"},
		{"deep", strings.Repeat("<x>", 100_000), "nested more than"},
		{"long tag", "<l " + strings.Repeat("x", 1<<20) + ">", "a tag of more than"},
		{"long path", "<l><folder><path>/backup/pictures/" + strings.Repeat("x", 1<<20) + "</path></folder></l>", "a path of more than"},
		{"endless comment", "<l><!--" + strings.Repeat("-", 1<<20), "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			listing, err := parseString(tt.doc)
			if listing != nil || !errors.Is(err, ErrTornListing) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a torn listing that says %q", err, tt.want)
			}
		})
	}
}

// What is wrong with one entry spoils that entry alone.
func TestListStreamOddEntries(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"control character", ">a<", ">a\x01<", `odd "a\x01": the name: it holds a control character`},
		{"newline", ">a<", ">a\n<", `odd "a\n": the name: it holds a control character`},
		{"invalid UTF-8", ">a<", ">a\xff<", `odd "a\xff": the name: it is not valid UTF-8`},
		{"not of XML", ">a<", ">a\uFFFE<", `odd "a\ufffe": the name: it holds a character that XML cannot carry`},
		{"unknown entity", ">a<", ">a&b;<", `odd "a&b;": the name: a reference in it stands for no character`},
		{"surrogate", ">a<", ">&#xD800;<", `odd "&#xD800;": the name: a reference in it stands for no character`},
		{"NUL", ">a<", ">&#0;<", `odd "\x00": the name: it holds a control character`},
		{"bare ampersand", ">a<", ">a & b<", `odd "a & b": the name: a reference in it stands for no character`},
		{"empty name", ">a<", "><", `odd "": "" is not a name`},
		{"dots", ">a<", ">..<", `odd "..": ".." is not a name`},
		{"slash", ">a<", ">../a<", `odd "../a": the name stands for one with a slash or a NUL in it`},
		{"negative size", ">1<", ">-1<", `odd "a": its size is not a number`},
		{"huge size", ">1<", ">9223372036854775808<", `odd "a": its size is not a number`},
		{"signed size", ">1<", ">+1<", `odd "a": its size is not a number`},
		{"no size", "<size>1</size>", "", `odd "a": its size is missing`},
		{"bad MD5", someMD5, someMD5[:31] + "g", `odd "a": its MD5 is none`},
		{"short MD5", someMD5, someMD5[:31], `odd "a": its MD5 is none`},
		{"no MD5", "<md5>" + someMD5 + "</md5>", "", `odd "a": its MD5 is missing`},
		{"folder", "pictures<", "pictures/x\x01<", `odd "x\x01": the path: it holds a control character`},
		{"folder of dots", "pictures<", "pictures/x/../../..<", `odd "x/..": ".." is not a name`},
		{"folder, doubled slash", "pictures<", "pictures//etc<", `odd "/etc": "" is not a name`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			good := strings.Replace(oneFile, ">a<", ">good<", 1)
			bad := strings.Replace(oneFile, tt.old, tt.new, 1)
			folders := 1
			if strings.HasPrefix(tt.name, "folder") {
				folders = 2
			}
			listing, err := parseString(fmt.Sprintf("<l>%s%s<stats><folders>%d</folders><files>2</files></stats></l>", good, bad, folders))
			if err != nil {
				t.Fatal(err)
			}
			got := dumpListing(listing)
			if len(got) < 2 || got[0] != "good 1" || got[len(got)-1] != tt.want {
				t.Errorf("got %q, want the good one and %q", got, tt.want)
			}
		})
	}
}

func TestListStreamOverlongName(t *testing.T) {
	t.Parallel()
	doc := "<l>" + strings.Replace(oneFile, ">a<", ">"+strings.Repeat("x", 10<<20)+"<", 1) + oneStats + "</l>"
	listing, err := parseString(doc)
	if err != nil {
		t.Fatal(err)
	}
	if odd := listing.Odd(); len(odd) != 1 || odd[0].Reason != "the name: it is too long" || len(odd[0].Path) > maxXMLText {
		t.Errorf("got %d odd names", len(odd))
	}
}

// A path of 32,000 folders is set apart at little cost; one of 200 is a path.
func TestListStreamDeepPath(t *testing.T) {
	t.Parallel()
	deep := "/backup/pictures" + strings.Repeat("/a", 32_000)
	fine := "/backup/pictures" + strings.Repeat("/b", 200)
	listing, err := parseString("<l><folder><path>" + deep + "</path></folder><folder><path>" + fine +
		"</path></folder><stats><folders>2</folders><files>0</files></stats></l>")
	if err != nil {
		t.Fatal(err)
	}
	if len(listing.Odd()) != 1 || listing.Folders() != 200 {
		t.Errorf("got %d odd names, %d folders", len(listing.Odd()), listing.Folders())
	}
}

func TestListStreamOfATrashedFolder(t *testing.T) {
	t.Parallel()
	listing, err := parseString(`<l name="x" deleted="2026-01-01T00:00:00Z">` + oneFile + oneStats + "</l>")
	if err != nil || listing.Files() != 0 || !listing.Root().Exists() {
		t.Errorf("got %v, %v, want an empty listing", listing, err)
	}
}

func TestListStreamOfAFile(t *testing.T) {
	t.Parallel()
	_, err := parseString(`<file name="pictures"><currentRevision/></file>`)
	if !errors.Is(err, ErrNotFolder) || errors.Is(err, ErrTornListing) {
		t.Errorf("got %v", err)
	}
}

// An entry costs no allocation of its own.
func TestListStreamAllocations(t *testing.T) {
	doc := listStreamDocument(2000)
	allocations := testing.AllocsPerRun(3, func() {
		if _, err := parseString(doc); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 2000/5 {
		t.Errorf("%v allocations for 2000 files in 100 folders", allocations)
	}
}

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
