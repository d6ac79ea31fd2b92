package emulator

import (
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestChanges plays the stories of testdata/changes.txt.
func TestChanges(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/changes.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range strings.Split(string(text), "\n# ")[1:] {
		name, lines, _ := strings.Cut(strings.TrimSpace(story), "\n")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCloud(t)
			c.mountpoint("/mybox/backup")
			c.upload("/mybox/backup/a/x.txt", "1")
			c.upload("/mybox/backup/y.txt", "22")
			c.upload("/mybox/backup/a/b/z.txt", "333")
			playStory(c, strings.Split(lines, "\n"))
		})
	}
}

func playStory(c *cloud, lines []string) {
	c.t.Helper()
	var want []string
	for _, line := range lines {
		if file, ok := strings.CutPrefix(line, "= "); ok {
			want = append(want, file)
			continue
		}
		step := strings.SplitN(line, " ", 3)
		status, err := strconv.Atoi(step[0])
		if err != nil {
			c.t.Fatalf("line %q: %v", line, err)
		}
		c.want(status, step[1], "/jfs/u1/mybox/backup"+step[2], "")
	}
	if len(want) == 1 && want[0] == "all" {
		want = []string{"a/b/z.txt 3", "a/x.txt 1", "y.txt 2"}
	}
	got := strings.Split(strings.ReplaceAll(strings.TrimSpace(c.listed("/mybox/backup")), "/backup/", ""), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func to(path string) string { return url.QueryEscape("/u1/mybox/backup/" + path) }

func TestCopyOntoTrashedStaysInTrash(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/Old.txt", "old")
	c.upload("/mybox/backup/new.txt", "new")
	c.want(200, "POST", "/jfs/u1/mybox/backup/Old.txt?dl=true", "")
	copied := c.want(200, "POST", "/jfs/u1/mybox/backup/new.txt?cp="+to("old.txt"), "").body
	mustContain(t, copied, `name="Old.txt"`, " deleted=", sumOf("new"))
}

func TestMissingMountpoint(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	for _, query := range []string{"?mkDir=true", "?dlDir=true", "?rmDir=true", "?rm=true", "?mv=" + to("x"), "?mvDir=" + to("x")} {
		mustContain(t, c.want(404, "POST", "/jfs/u1/mybox/nothing/x"+query, "").body, "NoSuch")
	}
	for _, query := range []string{"", "?mode=bin", "?mode=list", "?mode=liststream"} {
		mustContain(t, c.want(404, "GET", "/jfs/u1/mybox/nothing/x"+query, "").body, "NoSuch")
	}
	c.want(400, "GET", "/jfs/u1/mybox/backup?mode=thumb", "")
	c.want(400, "GET", "/jfs/u1?mode=liststream", "")
}

func TestDevicesAndMountpoints(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	for _, step := range []struct {
		status int
		path   string
		want   string
	}{
		{201, "/jfs/u1/laptop?type=LAPTOP", "<type>LAPTOP</type>"},
		{201, "/jfs/u1/LAPTOP?type=WORKSTATION", `<name xml:space="preserve">laptop</name><display_name xml:space="preserve">laptop</display_name><type>LAPTOP</type>`},
		{400, "/jfs/u1/other?type=", ""},
		{400, "/jfs/u1/other?type=a%20b", ""},
		{400, "/jfs/u1/other", ""},
		{201, "/jfs/u1/laptop/Backup", `<mountPoint time="2026-01-02-T03:04:05Z" host="emulator"><name xml:space="preserve">Backup</name>`},
		{200, "/jfs/u1/Laptop/bACKUP", `<name xml:space="preserve">Backup</name>`},
		{404, "/jfs/u1/nobox/Backup", "NoSuchPathException"},
		{403, "/jfs/u1/Jotta/Backup", "fixed"},
		{200, "/jfs/u1/jotta/archive", `<name xml:space="preserve">Archive</name>`},
		{404, "/jfs/u2/laptop/Backup", ""},
		{404, "/jfs", ""},
	} {
		mustContain(t, c.want(step.status, "POST", step.path, "").body, step.want)
	}
	c.want(404, "GET", "/jfs/u1/nobox", "")
	c.want(405, "DELETE", "/jfs/u1/laptop", "")
	mustContain(t, c.want(200, "GET", "/jfs/U1/", "").body, "<username>u1</username>")
}

func TestCphash(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a.txt", "hello")
	link := func(status int, path, content string) string {
		t.Helper()
		return c.want(status, "POST", "/jfs/u1/mybox/backup/"+path+"?cphash=true", "",
			"JSize", itoa(len(content)), "JMd5", sumOf(content),
			"JCreated", "2020-02-03-T04:05:06+0100", "JModified", "2021-02-03-T04:05:06Z").body
	}
	mustContain(t, link(200, "a.txt", "hello"), "<number>1</number>", "<modified>2021-02-03-T04:05:06Z</modified>", "<created>2020-02-03-T03:05:06Z</created>")
	mustContain(t, link(200, "deep/copy.txt", "hello"), `name="copy.txt"`, "<number>1</number>")
	link(404, "a.txt", "other")
	c.want(200, "POST", "/jfs/u1/mybox/backup/a.txt?dl=true", "")
	mustNotContain(t, link(200, "A.txt", "hello"), "deleted=")
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/a.txt", "").body, `name="a.txt"`)
	c.want(404, "POST", "/jfs/u1/mybox/backup/b.txt?cphash=true", "", "JSize", "6", "JMd5", sumOf("hello")) // another size
	c.want(400, "POST", "/jfs/u1/mybox/backup/b.txt?cphash=true", "", "JSize", "5")
	c.want(400, "POST", "/jfs/u1/mybox/backup/b.txt?cphash=true", "", "JSize", "-5", "JMd5", sumOf("hello"))
	c.want(400, "POST", "/jfs/u1/mybox/backup/b.txt?cphash=true", "", "JSize", "5", "JMd5", sumOf("hello"), "JModified", "yesterday")
}

func TestTrashKeepsTheFirstTime(t *testing.T) {
	t.Parallel()
	options, clock := testOptions(t), newClock()
	options.Now = clock.now
	c := startCloudWith(t, options)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a/b/x", "1")
	c.upload("/mybox/backup/a/y", "2")
	c.want(200, "POST", "/jfs/u1/mybox/backup/a/b?dlDir=true", "")
	clock.advance(time.Hour)
	c.want(200, "POST", "/jfs/u1/mybox/backup/a?dlDir=true", "")
	body := c.want(200, "GET", "/jfs/u1/mybox/backup/a", "").body
	mustContain(t, body, `<folder name="b" deleted="2026-01-02-T03:04:05Z"/>`, `<folder name="a" deleted="2026-01-02-T04:04:05Z"`)
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/a/b/x", "").body, `deleted="2026-01-02-T03:04:05Z"`)
}

func TestPurgeTrash(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/keep/a.txt", "a")
	c.upload("/mybox/backup/keep/b.txt", "b")
	c.upload("/mybox/backup/gone/c.txt", "c")
	c.want(200, "POST", "/jfs/u1/mybox/backup/keep/b.txt?dl=true", "")
	c.want(200, "POST", "/jfs/u1/mybox/backup/gone?dlDir=true", "")
	if got := c.want(200, "POST", "/files/v1/purge_trash", "").body; got != `{"folders":1,"files":2}` {
		t.Errorf("purged %s", got)
	}
	c.want(404, "GET", "/jfs/u1/mybox/backup/keep/b.txt", "")
	c.want(404, "GET", "/jfs/u1/mybox/backup/gone", "")
	c.want(200, "GET", "/jfs/u1/mybox/backup/keep/a.txt", "")
	if _, err := c.server.directory.root.Stat(contentPath(mustSum(sumOf("b")))); err == nil {
		t.Error("purged content is still on disk")
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a.txt", "hello")
	path := "/jfs/u1/mybox/backup/a.txt?mode="
	_, rest, _ := strings.Cut(c.want(200, "GET", path+"enableShare", "").body, "<publicURI>")
	secret, _, _ := strings.Cut(rest, "</publicURI>")
	mustContain(t, c.want(200, "GET", path+"enableShare", "").body, "<publicURI>"+secret+"<")
	link := sharePrefix + "u1/" + secret
	if got := c.want(200, "GET", link, "", "Authorization", "").body; got != "hello" {
		t.Errorf("shared %q", got)
	}
	c.want(404, "GET", sharePrefix+"u2/"+secret, "")
	for _, request := range c.server.Requests() {
		mustNotContain(t, request.Path+request.Query, secret)
	}
	mustNotContain(t, c.want(200, "GET", path+"disableShare", "").body, "publicURI")
	c.want(404, "GET", link, "", "Authorization", "")
}
