package report_test

import (
	"bytes"
	"crypto/md5"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	versions := []jotta.Version{
		{Number: 12, State: "INCOMPLETE\x1b", Size: -1, Trashed: true},
		{Number: 11, State: "COMPLETED", Size: 3 << 20, MD5: md5.Sum(nil), Created: at, Modified: at, Updated: at.Add(time.Hour), Current: true, Trashed: true},
		{State: "", Size: 0, Trashed: true},
	}
	var text, document bytes.Buffer
	if err := report.Versions(&text, "/d/b/a\nb", versions); err != nil {
		t.Fatal(err)
	}
	updated, modified := at.Add(time.Hour).Local().Format(time.DateTime), at.Local().Format(time.DateTime)
	wantText := `number   uploaded              modified              size      md5                                state
12       -                     -                     -         -                                  "incomplete\x1b"
11       ` + updated + `   ` + modified + `   3.0 MiB   d41d8cd98f00b204e9800998ecf8427e   completed, current
-        -                     -                     0 B       -                                  -
"/d/b/a\nb" is in the trash, with all its versions
`
	if diff := cmp.Diff(wantText, text.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if err := report.VersionsJSON(&document, "/d/b/a\xff", versions[:2]); err != nil {
		t.Fatal(err)
	}
	wantDocument := `{
  "format_version": 1,
  "path": "/d/b/a�",
  "path_base64": "L2QvYi9h/w==",
  "trashed": true,
  "versions": [
    {
      "number": 12,
      "state": "INCOMPLETE\u001b",
      "current": false
    },
    {
      "number": 11,
      "state": "COMPLETED",
      "current": true,
      "size": 3145728,
      "md5": "d41d8cd98f00b204e9800998ecf8427e",
      "created": "2026-01-02T03:04:05Z",
      "modified": "2026-01-02T03:04:05Z",
      "updated": "2026-01-02T04:04:05Z"
    }
  ]
}
`
	if diff := cmp.Diff(wantDocument, document.String()); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}
