package jotta

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFlatList(t *testing.T) {
	t.Parallel()
	doc := readTestdata(t, "filedirlist.xml")
	listing, err := parseFlatList(iotest.OneByteReader(strings.NewReader(doc)), listed)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.jpg 1816221", "2025/", "2025/deep/", "2025/deep/ R&B <x>: 0", `odd "bare.txt": its MD5 is missing`}
	if diff := cmp.Diff(want, dumpListing(listing)); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	file, inner := listing.Root().File(0), listing.Root().Folder(0).Folder(0).File(0)
	if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !file.Modified.Equal(want) || !inner.Modified.Equal(want.Add(-time.Hour)) || inner.MD5 != file.MD5 {
		t.Errorf("got %+v and %+v", file, inner)
	}
}

// However much of it is missing, a part is never taken for the whole.
func TestFlatListAndFolderCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for name, parse := range map[string]func(string) error{
		"filedirlist.xml": func(doc string) error { _, err := parseFlatList(strings.NewReader(doc), listed); return err },
		"folder.xml":      func(doc string) error { _, err := parseFolder(strings.NewReader(doc)); return err },
	} {
		doc := strings.TrimSpace(readTestdata(t, name))
		if err := parse(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range len(doc) {
			if err := parse(doc[:i]); !errors.Is(err, ErrTornListing) {
				t.Fatalf("%s cut after %d bytes: %v", name, i, err)
			}
		}
	}
}

func TestFlatListThatMakesNoSense(t *testing.T) {
	t.Parallel()
	folder := func(path, name, inner string) string {
		return `<folder name="` + name + `"><path>` + path + `</path>` + inner + `</folder>`
	}
	top := folder("/u1/mybox/backup", "pictures", "")
	revision := "<currentRevision><state>COMPLETED</state></currentRevision>"
	for name, doc := range map[string]string{
		"another mode":           "<folder name=\"pictures\"/>",
		"outside":                "<filedirlist><folders>" + folder("/u1/mybox/backup", "music", "") + "</folders></filedirlist>",
		"above":                  "<filedirlist><folders>" + folder("/u1/mybox", "backup", "") + "</folders></filedirlist>",
		"another device":         "<filedirlist><folders>" + folder("/u1/yourbox/backup", "pictures", "") + "</folders></filedirlist>",
		"twice":                  "<filedirlist><folders>" + top + top + "</folders></filedirlist>",
		"without a name":         "<filedirlist><folders>" + folder("/u1/mybox/backup/pictures", "", "") + "</folders></filedirlist>",
		"a path for a name":      "<filedirlist><folders>" + folder("/u1/mybox/backup", "pictures/x", "") + "</folders></filedirlist>",
		"two revisions":          "<filedirlist><folders>" + folder("/u1/mybox/backup", "pictures", `<files><file name="a">`+revision+revision+"</file></files>") + "</folders></filedirlist>",
		"named, and not listed":  "<filedirlist><folders>" + folder("/u1/mybox/backup", "pictures", `<folders><folder name="x"/></folders>`) + "</folders></filedirlist>",
		"counts more than it is": "<filedirlist><folders>" + folder("/u1/mybox/backup", "pictures", `<metadata num_files="1"/>`) + "</folders></filedirlist>",
		"something follows":      "<filedirlist><folders>" + top + "</folders></filedirlist><x/>",
	} {
		if listing, err := parseFlatList(strings.NewReader(doc), listed); listing != nil || !errors.Is(err, ErrTornListing) {
			t.Errorf("%s: got %v, %v", name, listing, err)
		}
	}
}

func TestFolderCounts(t *testing.T) {
	t.Parallel()
	doc := readTestdata(t, "folder.xml")
	const counts = `total="3" num_folders="2" num_files="2"`
	for other, whole := range map[string]bool{
		counts: true, "": true, `total="" num_folders="" num_files=""`: true, `total="4"`: true,
		`total="5"`: false, `num_folders="1"`: false, `num_folders="3"`: false, `num_files="1"`: false, `num_files="3"`: false,
		`num_files="x"`: false, `num_files="-1"`: false,
	} {
		_, err := parseFolder(strings.NewReader(strings.Replace(doc, counts, other, 1)))
		if whole != (err == nil) || err != nil && !errors.Is(err, ErrTornListing) {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func FuzzFlatList(f *testing.F) {
	f.Add(readTestdata(f, "filedirlist.xml"))
	f.Fuzz(func(t *testing.T, doc string) {
		listing, err := parseFlatList(strings.NewReader(doc), listed)
		if (listing == nil) == (err == nil) {
			t.Fatalf("got %v, %v", listing, err)
		}
		if err == nil {
			checkNames(t, listing)
		}
	})
}

func FuzzFolder(f *testing.F) {
	f.Add(readTestdata(f, "folder.xml"))
	f.Fuzz(func(t *testing.T, doc string) {
		folder, err := parseFolder(strings.NewReader(doc))
		if err != nil {
			return
		}
		w := &folderWalk{top: listed, builder: NewListingBuilder()}
		for _, below := range w.add([]walkedFolder{{answer: folder}}, 0) {
			if oddReason(DecodeName(below.path)) != "" {
				t.Errorf("%q is asked for", below.path)
			}
		}
		if listing, err := w.builder.Build(); err == nil {
			checkNames(t, listing)
		}
	})
}

// checkNames makes sure that nothing of a listing leads out of it.
func checkNames(t *testing.T, l *Listing) {
	t.Helper()
	for _, line := range dump(l.Root()) {
		for segment := range strings.SplitSeq(line, "/") {
			if segment == "." || segment == ".." || strings.Contains(segment, "\x00") {
				t.Errorf("%q", line)
			}
		}
	}
}
