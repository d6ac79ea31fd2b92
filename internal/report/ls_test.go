package report_test

import (
	"bytes"
	"crypto/md5"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// newListing is a listing of files, of as many bytes as their paths have, and of
// folders, whose paths end with a slash.
func newListing(t *testing.T, paths ...string) *jotta.Listing {
	t.Helper()
	b := jotta.NewListingBuilder()
	for _, p := range paths {
		folder, name := path.Split(p)
		folder = strings.TrimSuffix(folder, "/")
		if name == "" {
			b.AddFolder(folder)
			continue
		}
		b.AddFile(folder, jotta.EncodeName(name), jotta.RemoteFile{
			Size: int64(len(p)), MD5: md5.Sum([]byte(p)), Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		})
	}
	b.AddOdd("a／\x1bb", "no file can have this name")
	listing, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return listing
}

func TestEntries(t *testing.T) {
	t.Parallel()
	listing := newListing(t, "b", "a.jpg", "sub/a.txt", "sub/deep/a.jpg", "sub/deep/b.txt", "empty/", "sub!", "c")
	tests := []struct {
		patterns string
		want     string
	}{
		{"", "a.jpg b c empty/ sub/ sub/a.txt sub/deep/ sub/deep/a.jpg sub/deep/b.txt sub!"},
		{"*.jpg", "a.jpg sub/deep/a.jpg"},
		{"/*.jpg", "a.jpg"},
		{"sub/", "sub/ sub/a.txt sub/deep/ sub/deep/a.jpg sub/deep/b.txt"},
		{"sub/ !deep/", "sub/ sub/a.txt"},
		{"sub/ !deep/ *.jpg", "a.jpg sub/ sub/a.txt sub/deep/a.jpg"},
		{"sub/deep/b.txt", "sub/deep/b.txt"},
		{"sub/**/*.txt", "sub/a.txt sub/deep/b.txt"},
		{"empty", "empty/"},
		{"none", ""},
		{"!a.jpg", ""},
	}
	for _, tt := range tests {
		var selection *planner.Rules
		if tt.patterns != "" {
			var rules []planner.Rule
			for text := range strings.FieldsSeq(tt.patterns) {
				rules = append(rules, planner.Rule{Pattern: text})
			}
			var err error
			if selection, err = planner.NewRules(rules); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for e := range report.Entries(listing, selection) {
			if e.Kind == report.FolderEntry {
				e.Path += "/"
			}
			got = append(got, e.Path)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.patterns, diff)
		}
		for range report.Entries(listing, selection) {
			break // and no more is visited
		}
	}
	var files []string
	for e := range report.FilesOnly(report.Entries(listing, nil)) {
		if files = append(files, e.Path); len(files) == 4 {
			break
		}
	}
	if got := strings.Join(files, " "); got != "a.jpg b c sub/a.txt" {
		t.Errorf("files: %s", got)
	}
}

func TestLs(t *testing.T) {
	t.Parallel()
	listing := newListing(t, "plain name", "bad\xff\x1b[31m", "sub/a")
	contents := report.Contents{Path: "/mybox/backup", Entries: report.Entries(listing, nil), Odd: listing.Odd()}
	var short, long, trashed, nothing bytes.Buffer
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Local().Format(time.DateTime)
	for _, err := range []error{
		report.Ls(&short, contents, false),
		report.Ls(&long, contents, true),
		report.Ls(&trashed, report.Contents{Entries: slices.Values([]report.Entry{{Kind: report.FileEntry, Path: "x", Size: 5}}), Trashed: true}, false),
		report.Ls(&nothing, report.Contents{Entries: slices.Values([]report.Entry(nil))}, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantShort := `"bad\xff\x1b[31m"
plain name
sub/
sub/a
! "a／\x1bb"  no file can have this name
3 files (24 B), 1 folder
`
	wantLong := `      9 B  ` + at + `  654657926244a986309f2bc89ec4c586  "bad\xff\x1b[31m"
     10 B  ` + at + `  e92e78ef9b0da3167a96196f93765997  plain name
        -  -                    -                                 sub/
      5 B  ` + at + `  7da8b47cc2acdcc481a60a6cb50a60ce  sub/a
! "a／\x1bb"  no file can have this name
3 files (24 B), 1 folder
`
	for _, tt := range []struct{ name, want, got string }{
		{"short", wantShort, short.String()},
		{"long", wantLong, long.String()},
		{"trashed", "x\n1 file (5 B) in the trash\n", trashed.String()},
		{"nothing", "nothing\n", nothing.String()},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestLsOfDevices(t *testing.T) {
	t.Parallel()
	devices := slices.Values([]report.Entry{
		{Kind: report.DeviceEntry, Path: "Jotta", Size: 0}, {Kind: report.DeviceEntry, Path: "mybox", Size: 5 << 30},
	})
	var text bytes.Buffer
	if err := report.Ls(&text, report.Contents{Path: "/", Entries: devices}, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("Jotta/\nmybox/\n2 devices (5.0 GiB)\n", text.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLsJSON(t *testing.T) {
	t.Parallel()
	listing := newListing(t, "a<b", "bad\xff", "sub/x")
	var out bytes.Buffer
	err := report.LsJSON(&out, report.Contents{Path: "/mybox/backup", Entries: report.Entries(listing, nil), Odd: listing.Odd()})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"format_version":1,"path":"/mybox/backup","trashed":false,
  "entries": [
    {"kind":"file","path":"a<b","size":3,"md5":"1a382af93ed4b8a29ebd8e859a0168d7","modified":"2026-01-02T03:04:05Z"},
    {"kind":"file","path":"bad�","path_base64":"YmFk/w==","size":4,"md5":"6c208ac8cac0832fba76a5b6b31bbd5e","modified":"2026-01-02T03:04:05Z"},
    {"kind":"folder","path":"sub"},
    {"kind":"file","path":"sub/x","size":5,"md5":"2ec5dccfc8450300a817854386858237","modified":"2026-01-02T03:04:05Z"}
  ],
  "odd":[{"path":"a／\u001bb","reason":"no file can have this name"}],"devices":0,"backupdirs":0,"folders":1,"files":3,"bytes":12}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	out.Reset()
	if err := report.LsJSON(&out, report.Contents{Path: "/", Entries: slices.Values([]report.Entry(nil))}); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("%v: %s", err, out.String())
	}
}
