package emulator

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// What is random in an answer, and the name that it gets in a golden document.
var randomParts = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "BASE"},
	{regexp.MustCompile(`(<x-id>|"x-id":"|upload/|upload_id":"|publicURI>|/share/)[0-9a-f]{32}`), "${1}ID"},
}

// TestGoldenDocuments holds every form of answer to a document in testdata. In them,
// a line break stands after each closing element: the wire has none.
func TestGoldenDocuments(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	furnishForGolden(c)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"user.xml", "GET", "/jfs/u1", "", 200},
		{"device.xml", "GET", "/jfs/u1/mybox", "", 200},
		{"mountpoint.xml", "GET", "/jfs/u1/mybox/backup", "", 200},
		{"folder.xml", "GET", "/jfs/u1/mybox/backup/pictures", "", 200},
		{"folder_trashed.xml", "GET", "/jfs/u1/mybox/backup/pictures/gone", "", 200},
		{"file_revisions.xml", "GET", "/jfs/u1/mybox/backup/pictures/a.jpg", "", 200},
		{"file_incomplete.xml", "GET", "/jfs/u1/mybox/backup/pictures/half.iso", "", 200},
		{"file_corrupt.xml", "GET", "/jfs/u1/mybox/backup/pictures/corrupt.txt", "", 200},
		{"file_trashed.xml", "GET", "/jfs/u1/mybox/backup/pictures/trashed.txt", "", 200},
		{"liststream.xml", "GET", "/jfs/u1/mybox/backup?mode=liststream", "", 200},
		{"filedirlist.xml", "GET", "/jfs/u1/mybox/backup?mode=list", "", 200},
		{"share.xml", "GET", "/jfs/u1/mybox/backup/pictures/a.jpg?mode=enableShare", "", 200},
		{"error.xml", "GET", "/jfs/u1/mybox/backup/nothing%20here", "", 404},
		{"error.json", "POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/x","bytes":-1,"md5":"d41d8cd98f00b204e9800998ecf8427e"}`, 400},
		{"customer.json", "GET", "/account/v1/customer", "", 200},
		{"allocate_incomplete.json", "POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/New/F.txt","bytes":3,"md5":"900150983CD24FB0D6963F7D28E17F72"}`, 200},
		{"allocate_completed.json", "POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/copy.txt","bytes":5,"md5":"5D41402ABC4B2A76B9719D911017C592"}`, 200},
		{"well_known.json", "GET", "/auth/realms/jottacloud/.well-known/openid-configuration", "", 200},
	} {
		checkGolden(t, test.name, c.want(test.status, test.method, test.path, test.body).body)
	}
}

// furnishForGolden makes a cloud that shows every state a file or folder can have.
func furnishForGolden(c *cloud) {
	c.t.Helper()
	c.mountpoint("/mybox/backup")
	folder := "/mybox/backup/pictures"
	c.upload(folder+"/a.jpg", "first")
	c.upload(folder+"/a.jpg", "second")
	c.upload(folder+"/a.jpg", "hello")
	c.upload(folder+"/R&D's notes.txt", "amp")
	c.want(420, "POST", c.allocate(folder+"/half.iso", "0123456789").UploadURL, "0123")
	c.upload(folder+"/corrupt.txt", "sound")
	c.want(421, "POST", c.allocate(folder+"/corrupt.txt", "expected").UploadURL, "received")
	c.upload(folder+"/trashed.txt", "trash")
	c.want(200, "POST", "/jfs/u1"+folder+"/trashed.txt?dl=true", "")
	c.upload(folder+"/gone/inner.txt", "inner")
	c.want(200, "POST", "/jfs/u1"+folder+"/gone?dlDir=true", "")
	c.want(200, "POST", "/jfs/u1"+folder+"/empty?mkDir=true", "")
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	for _, part := range randomParts {
		got = part.pattern.ReplaceAllString(got, part.name)
	}
	got = regexp.MustCompile(`(</[\w-]+>|/>|<(folders|files|devices|revisions|currentRevision|latestRevision)>)`).ReplaceAllString(got, "$1\n")
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
