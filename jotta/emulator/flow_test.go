package emulator

import (
	"testing"
)

func TestUploadListDownload(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/pictures/a.jpg", "hello")
	c.upload("/mybox/backup/pictures/b.jpg", "")
	body := c.want(200, "GET", "/jfs/u1/mybox/backup?mode=liststream", "").body
	mustContain(t, body,
		"<folder><path>/backup</path></folder><folder><path>/backup/pictures</path></folder>",
		"<file><path>/backup/pictures</path><filename>a.jpg</filename><md5>5d41402abc4b2a76b9719d911017c592</md5><size>5</size>"+
			"<modified>2026-01-02T03:04:05.000Z</modified><created>2026-01-02T03:04:05.000Z</created></file>",
		"<filename>b.jpg</filename><md5>d41d8cd98f00b204e9800998ecf8427e</md5><size>0</size>",
		"<stats><folders>2</folders><files>2</files></stats>")
	if got := c.want(200, "GET", "/jfs/u1/mybox/backup/pictures/a.jpg?mode=bin", "").body; got != "hello" {
		t.Errorf("downloaded %q", got)
	}
	part := c.want(206, "GET", "/jfs/u1/mybox/backup/pictures/a.jpg?mode=bin", "", "Range", "bytes=1-3")
	if part.body != "ell" || part.header.Get("Content-Range") != "bytes 1-3/5" {
		t.Errorf("downloaded part %q, %s", part.body, part.header.Get("Content-Range"))
	}
}
