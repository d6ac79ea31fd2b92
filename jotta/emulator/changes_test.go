package emulator

import (
	"net/url"
	"strings"
	"testing"
)

// TestChanges tells one short story a case: steps, then what a listing shows.
func TestChanges(t *testing.T) {
	t.Parallel()
	const base = "/jfs/u1/mybox/backup"
	type step struct {
		status int
		path   string
	}
	for name, test := range map[string]struct {
		steps []step
		want  []string // liststream: path and size, sorted as the server does
	}{
		"dl":                        {[]step{{200, "/a/x.txt?dl=true"}}, []string{"/backup/a/b/z.txt 3", "/backup/y.txt 2"}},
		"dl twice":                  {[]step{{200, "/y.txt?dl=true"}, {200, "/y.txt?dl=true"}}, []string{"/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"dl of nothing":             {[]step{{200, "/nothing?dl=true"}, {200, "/no/where?dl=true"}}, all},
		"dl of a folder":            {[]step{{404, "/a?dl=true"}}, all},
		"dlDir":                     {[]step{{200, "/a?dlDir=true"}, {200, "/a?dlDir=true"}}, []string{"/backup/y.txt 2"}},
		"dlDir of a file":           {[]step{{404, "/y.txt?dlDir=true"}}, all},
		"dlDir of nothing":          {[]step{{404, "/nothing?dlDir=true"}}, all},
		"dlDir of a mountpoint":     {[]step{{400, "?dlDir=true"}}, all},
		"rm":                        {[]step{{200, "/y.txt?rm=true"}, {404, "/y.txt?rm=true"}, {404, "/y.txt"}}, []string{"/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"rm of a folder":            {[]step{{404, "/a?rm=true"}}, all},
		"rm of a trashed file":      {[]step{{200, "/y.txt?dl=true"}, {200, "/y.txt?rm=true"}, {404, "/y.txt"}}, []string{"/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"rmDir":                     {[]step{{200, "/a?rmDir=true"}, {404, "/a"}, {404, "/a/b"}}, []string{"/backup/y.txt 2"}},
		"rmDir of a file":           {[]step{{404, "/y.txt?rmDir=true"}}, all},
		"rmDir of a mountpoint":     {[]step{{400, "?rmDir=true"}}, all},
		"mkDir is fine twice":       {[]step{{200, "/n/m?mkDir=true"}, {200, "/n/m?mkDir=true"}, {200, "/n"}}, all},
		"mkDir of the mountpoint":   {[]step{{200, "?mkDir=true"}}, all},
		"mkDir over a file":         {[]step{{409, "/y.txt?mkDir=true"}, {409, "/y.txt/deeper?mkDir=true"}}, all},
		"mkDir revives itself only": {[]step{{200, "/a?dlDir=true"}, {200, "/a/b?mkDir=true"}}, []string{"/backup/y.txt 2"}},
		"mv":                        {[]step{{200, "/y.txt?mv=" + to("a/w.txt")}, {404, "/y.txt"}}, []string{"/backup/a/w.txt 2", "/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"mv changes case":           {[]step{{200, "/y.txt?mv=" + to("Y.TXT")}}, []string{"/backup/Y.TXT 2", "/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"mv over a file":            {[]step{{409, "/y.txt?mv=" + to("a/x.txt")}}, all},
		"mv over a folder":          {[]step{{409, "/y.txt?mv=" + to("a")}}, all},
		"mv over a trashed file": {[]step{{200, "/a/x.txt?dl=true"}, {200, "/y.txt?mv=" + to("a/x.txt")}},
			[]string{"/backup/a/x.txt 2", "/backup/a/b/z.txt 3"}},
		"mv out of the trash":      {[]step{{200, "/y.txt?dl=true"}, {200, "/y.txt?mv=" + to("v.txt")}}, []string{"/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"mv into no folder":        {[]step{{404, "/y.txt?mv=" + to("no/y.txt")}}, all},
		"mv of nothing":            {[]step{{404, "/nothing?mv=" + to("v.txt")}}, all},
		"mv to another user":       {[]step{{404, "/y.txt?mv=/u2/mybox/backup/y2.txt"}}, all},
		"mv to a mountpoint":       {[]step{{400, "/y.txt?mv=/u1/mybox/other"}}, all},
		"mv to a bad name":         {[]step{{400, "/y.txt?mv=" + to("a:b")}, {400, "/y.txt?mv=" + to("../y")}, {400, "/y.txt?mv=relative"}}, all},
		"mvDir":                    {[]step{{200, "/a/b/?mvDir=" + to("c")}, {404, "/a/b"}}, []string{"/backup/y.txt 2", "/backup/a/x.txt 1", "/backup/c/z.txt 3"}},
		"mvDir changes case":       {[]step{{200, "/a?mvDir=" + to("A")}}, []string{"/backup/y.txt 2", "/backup/A/x.txt 1", "/backup/A/b/z.txt 3"}},
		"mvDir into itself":        {[]step{{400, "/a?mvDir=" + to("A/b/c")}}, all},
		"mvDir over a folder":      {[]step{{200, "/n?mkDir=true"}, {409, "/a?mvDir=" + to("n")}}, all},
		"mvDir over a trashed one": {[]step{{200, "/n?mkDir=true"}, {200, "/n?dlDir=true"}, {409, "/a?mvDir=" + to("n")}}, all},
		"mvDir over a file":        {[]step{{409, "/a?mvDir=" + to("y.txt")}}, all},
		"mvDir of a file":          {[]step{{404, "/y.txt?mvDir=" + to("n")}}, all},
		"cp":                       {[]step{{200, "/y.txt?cp=" + to("a/b/y.txt")}}, []string{"/backup/y.txt 2", "/backup/a/x.txt 1", "/backup/a/b/y.txt 2", "/backup/a/b/z.txt 3"}},
		"cp over a file":           {[]step{{200, "/y.txt?cp=" + to("a/x.txt")}}, []string{"/backup/y.txt 2", "/backup/a/x.txt 2", "/backup/a/b/z.txt 3"}},
		"cp over a folder":         {[]step{{409, "/y.txt?cp=" + to("a")}}, all},
		"cp of a trashed file":     {[]step{{200, "/y.txt?dl=true"}, {404, "/y.txt?cp=" + to("v.txt")}}, []string{"/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}},
		"an unknown verb":          {[]step{{400, "/y.txt?purge=true"}, {400, "/y.txt?dl=false"}, {400, "/y.txt"}}, all},
		"two verbs":                {[]step{{400, "/y.txt?dl=true&rm=true"}, {400, "/y.txt?dl=true&dl=true"}}, all},
		"a missing mountpoint":     {[]step{{404, "/../other/x?mkDir=true"}}, all},
		"a query that is no query": {[]step{{400, "/y.txt?dl=%zz"}}, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCloud(t)
			c.mountpoint("/mybox/backup")
			c.upload("/mybox/backup/a/x.txt", "1")
			c.upload("/mybox/backup/y.txt", "22")
			c.upload("/mybox/backup/a/b/z.txt", "333")
			for _, step := range test.steps {
				method := "POST"
				if !strings.Contains(step.path, "?") && step.status != 400 {
					method = "GET"
				}
				path := strings.Replace(base+step.path, "/backup/../", "/", 1)
				c.want(step.status, method, path, "")
			}
			if got, want := c.listed("/mybox/backup"), strings.Join(sortedAsServer(test.want), "\n")+"\n"; got != want {
				t.Errorf("listed:\n%swant:\n%s", got, want)
			}
		})
	}
}

var all = []string{"/backup/y.txt 2", "/backup/a/x.txt 1", "/backup/a/b/z.txt 3"}

// sortedAsServer keeps the order of the table: folders come after the files beside them.
func sortedAsServer(lines []string) []string {
	var files, deeper []string
	for _, line := range lines {
		if strings.Count(line, "/") == 2 {
			files = append(files, line)
		} else {
			deeper = append(deeper, line)
		}
	}
	shallow := func(depth int) (found []string) {
		for _, line := range deeper {
			if strings.Count(line, "/") == depth {
				found = append(found, line)
			}
		}
		return found
	}
	return append(append(files, shallow(3)...), shallow(4)...)
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
	mustNotContain(t, c.want(200, "GET", path+"disableShare", "").body, "publicURI")
	c.want(404, "GET", link, "", "Authorization", "")
}
