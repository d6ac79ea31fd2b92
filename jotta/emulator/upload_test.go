package emulator

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

func mustSum(text string) [16]byte {
	d, ok := parseDigest(text)
	if !ok {
		panic("no MD5: " + text)
	}
	return d.sum
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/dir/f", "x")
	sum := sumOf("hello")
	for _, test := range []struct {
		name, body string
		status     int
		id         string
	}{
		{"no body", ``, 400, idInvalidArgument},
		{"no JSON", `path=x`, 400, idInvalidArgument},
		{"two values", `{}{}`, 400, idInvalidArgument},
		{"no md5", `{"path":"/jfs/mybox/backup/a","bytes":5}`, 400, idInvalidArgument},
		{"short md5", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"5d41"}`, 400, idInvalidArgument},
		{"md5 with other letters", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"` + strings.Repeat("z", 32) + `"}`, 400, idInvalidArgument},
		{"no bytes", `{"path":"/jfs/mybox/backup/a","md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"fewer than no bytes", `{"path":"/jfs/mybox/backup/a","bytes":-5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"bad time", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"` + sum + `","modified":"now"}`, 400, idInvalidArgument},
		{"year 10000", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"` + sum + `","created":"10000-01-01T00:00:00Z"}`, 400, idInvalidArgument},
		{"unknown handler", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"` + sum + `","conflict_handler":"X"}`, 400, idInvalidArgument},
		{"with the user", `{"path":"/u1/mybox/backup/a","bytes":5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"relative", `{"path":"jfs/mybox/backup/a","bytes":5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"a mountpoint", `{"path":"/jfs/mybox/backup","bytes":5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"a way out", `{"path":"/jfs/mybox/backup/../../x","bytes":5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"a bad name", `{"path":"/jfs/mybox/backup/a?b","bytes":5,"md5":"` + sum + `"}`, 400, idInvalidArgument},
		{"missing device", `{"path":"/jfs/nobox/backup/a","bytes":5,"md5":"` + sum + `"}`, 404, idNoSuchPath},
		{"missing mountpoint", `{"path":"/jfs/mybox/other/a","bytes":5,"md5":"` + sum + `"}`, 404, idNoSuchPath},
		{"over a folder", `{"path":"/jfs/mybox/backup/dir","bytes":5,"md5":"` + sum + `"}`, 409, idConflict},
		{"below a file", `{"path":"/jfs/mybox/backup/dir/f/g","bytes":5,"md5":"` + sum + `"}`, 409, idConflict},
		{"conflict", `{"path":"/jfs/mybox/backup/DIR/F","bytes":5,"md5":"` + sum + `","conflict_handler":"REJECT_CONFLICTS"}`, 409, idUnique},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := c.want(test.status, "POST", "/files/v1/allocate", test.body).body
			mustContain(t, body, fmt.Sprintf(`"code":%d`, test.status), `"error_id":"`+test.id+`"`)
		})
	}
	if got := c.listed("/mybox/backup"); got != "/backup/dir/f 1\n" {
		t.Errorf("refusals left something behind:\n%s", got)
	}
}

func TestAllocateDeduplicates(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a.txt", "hello")
	for _, path := range []string{"/mybox/backup/a.txt", "/mybox/backup/A.TXT", "/Jotta/Archive/elsewhere/b.txt"} {
		if got := c.allocate(path, "hello"); got.State != stateCompleted || got.UploadURL != "" {
			t.Errorf("allocate %s again: %+v", path, got)
		}
	}
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/a.txt", "").body, `name="a.txt"`, "<number>1</number>")
}

func TestMD5KeepsItsCase(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	sum := strings.ToUpper(sumOf("hello"))
	a := c.want(200, "POST", "/files/v1/allocate", `{"path":"/jfs/mybox/backup/a","bytes":5,"md5":"`+sum+`"}`)
	var allocated allocateAnswer
	if err := json.Unmarshal([]byte(a.body), &allocated); err != nil {
		t.Fatal(err)
	}
	mustContain(t, c.want(200, "POST", allocated.UploadURL, "hello").body, sum)
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/a", "").body, "<md5>"+sum+"</md5>")
}

func TestUploadInParts(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	first := c.allocate("/mybox/backup/a", "0123456789")
	partial := c.want(420, "POST", first.UploadURL, "0123")
	mustContain(t, partial.body, `"error_id":"`+idIncomplete+`"`, `"code":420`)
	again := c.allocate("/mybox/backup/a", "0123456789")
	if again.State != stateIncomplete || again.ResumePos != 4 || again.UploadID != first.UploadID {
		t.Fatalf("allocate again: %+v", again)
	}
	c.want(416, "POST", again.UploadURL, "789", "Range", "bytes=7-9")
	c.want(400, "POST", again.UploadURL, "456789x", "Range", "bytes=4-9")
	c.want(400, "POST", again.UploadURL, "45", "Range", "bytes=4-8")
	c.want(400, "POST", again.UploadURL, "45", "Range", "bytes=x-")
	c.want(420, "POST", again.UploadURL, "23456", "Range", "bytes=2-6") // overlaps what is there
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/a", "").body, "<state>INCOMPLETE</state>", "<size>7</size>")
	c.want(200, "POST", again.UploadURL, "789", "Range", "bytes=7-9")
	if got := c.want(200, "GET", "/jfs/u1/mybox/backup/a?mode=bin", "").body; got != "0123456789" {
		t.Errorf("downloaded %q", got)
	}
	c.want(404, "POST", again.UploadURL, "789", "Range", "bytes=7-9")
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	allocated := c.allocate("/mybox/backup/a", "hello")
	c.want(400, "POST", allocated.UploadURL, "hello, world")
	c.want(401, "POST", allocated.UploadURL, "hello", "Authorization", "")
	c.want(405, "GET", allocated.UploadURL, "")
	c.want(404, "POST", "/files/v1/upload/../../journal.0", "hello")
	c.want(404, "POST", "/files/v1/upload/", "hello")
	if got := c.listed("/mybox/backup"); got != "" {
		t.Errorf("listed:\n%s", got)
	}
}

func TestCorruptUploadKeepsTheVersionBefore(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "before")
	allocated := c.allocate("/mybox/backup/a", "hello")
	mustContain(t, c.want(421, "POST", allocated.UploadURL, "jello").body, idCorruptUpload)
	if got := c.want(200, "GET", "/jfs/u1/mybox/backup/a?mode=bin", "").body; got != "before" {
		t.Errorf("downloaded %q", got)
	}
	again := c.allocate("/mybox/backup/a", "hello")
	if again.State != stateCorrupt || again.ResumePos != 0 {
		t.Fatalf("allocate again: %+v", again)
	}
	c.want(200, "POST", again.UploadURL, "hello")
	if got := c.want(200, "GET", "/jfs/u1/mybox/backup/a?mode=bin", "").body; got != "hello" {
		t.Errorf("downloaded %q", got)
	}
}

func TestUploadRevivesTrashedPath(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/Dir/A.txt", "1")
	c.upload("/mybox/backup/dir/b.txt", "2")
	c.want(200, "POST", "/jfs/u1/mybox/backup/dir?dlDir=true", "")
	c.want(404, "GET", "/jfs/u1/mybox/backup/dir?mode=liststream", "")
	c.upload("/mybox/backup/dir/a.txt", "new")
	if got := c.listed("/mybox/backup"); got != "/backup/Dir/A.txt 3\n" {
		t.Errorf("listed:\n%s", got)
	}
}

func TestFiveRevisionsAreKept(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	for i := range 8 {
		c.upload("/mybox/backup/a", "version "+itoa(i))
	}
	body := c.want(200, "GET", "/jfs/u1/mybox/backup/a", "").body
	for i := range 8 {
		kept := strings.Contains(body, sumOf("version "+itoa(i)))
		if kept != (i >= 3) {
			t.Errorf("version %d: kept %v", i, kept)
		}
	}
	mustContain(t, body, "<currentRevision><number>8</number>", "<revision><number>4</number>")
	// Content of a version that is kept can be had back; of one that is not, it is gone.
	if got := c.allocate("/mybox/backup/back", "version 3").State; got != stateCompleted {
		t.Errorf("allocate of version 3: %s", got)
	}
	if got := c.allocate("/mybox/backup/gone", "version 2").State; got != stateIncomplete {
		t.Errorf("allocate of version 2: %s", got)
	}
}

func TestAnotherAllocationTakesOver(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	first := c.allocate("/mybox/backup/a", "first content")
	c.want(420, "POST", first.UploadURL, "first")
	second := c.allocate("/mybox/backup/a", "second content")
	if second.UploadID == first.UploadID || second.ResumePos != 0 {
		t.Fatalf("second allocation: %+v", second)
	}
	c.want(404, "POST", first.UploadURL, "first content")
	abandoned := upload{id: first.UploadID, target: revision{digest: digest{sum: mustSum(sumOf("first content"))}}}
	if _, err := c.server.directory.root.Stat(abandoned.path()); err == nil {
		t.Error("the bytes of the abandoned upload are still there")
	}
	c.want(200, "POST", second.UploadURL, "second content")
}

func TestRemovedWhileUploading(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	allocated := c.allocate("/mybox/backup/dir/a", "hello")
	c.want(200, "POST", "/jfs/u1/mybox/backup/dir?rmDir=true", "")
	c.want(404, "POST", allocated.UploadURL, "hello")
}

func TestMovedWhileUploading(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	allocated := c.allocate("/mybox/backup/dir/a", "hello")
	c.want(200, "POST", "/jfs/u1/mybox/backup/dir?mvDir="+to("new"), "")
	c.want(200, "POST", allocated.UploadURL, "hello")
	if got := c.listed("/mybox/backup"); got != "/backup/new/a 5\n" {
		t.Errorf("listed:\n%s", got)
	}
}

func TestQuotaAndLocks(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "12345")
	if err := c.server.SetQuota(10); err != nil {
		t.Fatal(err)
	}
	request := func(path, content string) string {
		return fmt.Sprintf(`{"path":"/jfs/mybox/backup/%s","bytes":%d,"md5":"%s"}`, path, len(content), sumOf(content))
	}
	c.want(460, "POST", "/files/v1/allocate", request("b", "123456"))
	c.want(460, "POST", "/files/v1/allocate", request("a", "12345678901"))
	c.want(200, "POST", "/files/v1/allocate", request("a", "1234567890"))
	c.upload("/mybox/backup/b", "54321")
	mustContain(t, c.want(200, "GET", "/jfs/u1", "").body, "<capacity>10</capacity><", "<usage>10</usage>", "<quota-write-locked>true<")
	c.want(460, "POST", "/files/v1/allocate", request("c", "12345")) // linked content counts too
	if err := c.server.SetWriteLocked(true); err != nil {
		t.Fatal(err)
	}
	c.want(403, "POST", "/files/v1/allocate", request("a", "1"))
	for _, verb := range []string{"?dl=true", "?rm=true", "?dlDir=true", "?mkDir=true", "?mv=" + to("z"), "?cp=" + to("z"), "?mode=enableShare"} {
		method := "POST"
		if strings.HasPrefix(verb, "?mode") {
			method = "GET"
		}
		c.want(403, method, "/jfs/u1/mybox/backup/a"+verb, "")
	}
	c.want(403, "POST", "/files/v1/purge_trash", "")
	mustContain(t, c.want(200, "GET", "/account/v1/customer", "").body, `"write_locked":true`)
	if err := c.server.SetReadLocked(true); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/a", "/a?mode=bin", "?mode=liststream", "?mode=list"} {
		c.want(403, "GET", "/jfs/u1/mybox/backup"+path, "")
	}
	mustContain(t, c.want(200, "GET", "/jfs/u1", "").body, "<read-locked>true</read-locked>")
}

func TestLegacyUpload(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	send := func(status int, content, body string) string {
		t.Helper()
		return c.want(status, "POST", "/jfs/u1/mybox/backup/new/a.txt?umode=nomultipart", body, "JMd5", sumOf(content),
			"JSize", itoa(len(content)), "JCreated", "2020-01-02-T03:04:05Z", "JModified", "2021-01-02-T03:04:05Z").body
	}
	mustContain(t, send(201, "0123456789", "0123"), "<latestRevision>", "<state>INCOMPLETE</state>", "<size>4</size>")
	mustContain(t, send(201, "0123456789", "456789"), "<currentRevision>", "<state>COMPLETED</state>", "<modified>2021-01-02-T03:04:05Z</modified>")
	if got := c.want(200, "GET", "/jfs/u1/mybox/backup/new/a.txt?mode=bin", "").body; got != "0123456789" {
		t.Errorf("downloaded %q", got)
	}
	mustContain(t, send(201, "expected", "received"), "<currentRevision><number>1</number>", "<state>CORRUPT</state>")
	mustContain(t, send(201, "0123456789", ""), "<state>COMPLETED</state>")
	send(400, "abc", "longer than that")
	c.want(400, "POST", "/jfs/u1/mybox/backup/b.txt?umode=nomultipart", "b")
	c.want(400, "POST", "/jfs/u1/mybox/backup/b.txt?umode=multipart", "b", "JMd5", sumOf("b"), "JSize", "1")
}

// TestUploadWhereContentIsTornOnDisk covers a file in the place of the content, as an
// upload of the same content has while it is being written.
func TestUploadWhereContentIsTornOnDisk(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/Archive")
	sum := mustSum(sumOf("hello"))
	if err := c.server.contents.put(sum, []byte("he")); err != nil {
		t.Fatal(err)
	}
	c.upload("/mybox/Archive/a", "hello")
	if left := c.server.tree.released.content; len(left) > 0 {
		t.Errorf("the content of the other upload is to be removed: %x", left)
	}
	content, err := c.server.contents.open(sum)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if held, err := io.ReadAll(content); err != nil || string(held) != "hello" {
		t.Errorf("the content is %q, %v", held, err)
	}
}

// TestContentGoesAfterTheChangeThatLetGoOfIt has an allocation come between a removal
// and its way to the disk, while an upload of the same content has failed.
func TestContentGoesAfterTheChangeThatLetGoOfIt(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.NoSync = false
	c := startCloudWith(t, options)
	c.mountpoint("/mybox/Archive")
	c.upload("/mybox/Archive/a", "hello")
	removal, err := c.server.apply(func() ([]record, error) {
		return []record{{Op: opDrop, Path: "/mybox/Archive/a"}}, nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.server.forget(mustSum(sumOf("hello")))
	c.allocate("/mybox/Archive/b", "another")
	content, err := c.server.contents.open(mustSum(sumOf("hello")))
	switch {
	case err == nil:
		_ = content.Close()
	case c.server.journal.synced < removal.ticket:
		t.Errorf("the content is gone before the change is on disk: %v", err)
	}
}
