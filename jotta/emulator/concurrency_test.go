package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/sourcegraph/conc"
)

func TestConcurrentUploads(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	const workers, each = 8, 12
	var group conc.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := range each {
				c.upload(fmt.Sprintf("/mybox/backup/own/%d/%d", worker, i), fmt.Sprintf("own %d %d", worker, i))
				c.upload(fmt.Sprintf("/mybox/backup/same content/%d/%d", worker, i), fmt.Sprintf("same %d", i))
				contend(c, worker, i)
				c.want(200, "GET", "/jfs/u1/mybox/backup?mode=liststream", "")
			}
		})
	}
	group.Wait()
	listed := c.listed("/mybox/backup")
	if got := strings.Count(listed, "/own/") + strings.Count(listed, "/same content/"); got != 2*workers*each {
		t.Errorf("%d files are listed", got)
	}
	for i := range each {
		got := c.want(200, "GET", fmt.Sprintf("/jfs/u1/mybox/backup/contended/%d?mode=bin", i), "").body
		if !strings.HasPrefix(got, fmt.Sprintf("contender for %d:", i)) || len(got) != 20 {
			t.Errorf("contended file %d holds %q", i, got)
		}
	}
	if diff := len(c.server.tree.uploads); diff != 0 {
		t.Errorf("%d uploads are left", diff)
	}
}

// contend uploads to a path that others upload to as well: every one may lose its
// upload to the next, and then says so with 404.
func contend(c *cloud, worker, i int) {
	content := fmt.Sprintf("contender for %d:%04d", i, worker)
	if i > 9 {
		content = fmt.Sprintf("contender for %d:%03d", i, worker)
	}
	for {
		allocated := c.allocate(fmt.Sprintf("/mybox/backup/contended/%d", i), content)
		if allocated.State == stateCompleted {
			return
		}
		switch a := c.do("POST", allocated.UploadURL, content); a.status {
		case 200:
			return
		case 404:
		default:
			c.t.Errorf("contended upload: %d: %s", a.status, a.body)
			return
		}
	}
}

func TestConcurrentChangesOfOneTree(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a/x", "hello")
	var group conc.WaitGroup
	for worker := range 6 {
		group.Go(func() {
			for i := range 15 {
				a, b := "a", "b"
				if (worker+i)%2 == 0 {
					a, b = b, a
				}
				c.do("POST", "/jfs/u1/mybox/backup/"+a+"?mvDir="+to(b), "")
				c.do("POST", "/jfs/u1/mybox/backup/"+a+"/x?dl=true", "")
				c.do("GET", "/jfs/u1/mybox/backup/"+b+"/x?mode=bin", "")
				c.do("POST", fmt.Sprintf("/jfs/u1/mybox/backup/%s/y%d?cphash=true", b, i), "", "JSize", "5", "JMd5", sumOf("hello"))
				c.do("POST", fmt.Sprintf("/jfs/u1/mybox/backup/%s/y%d?rm=true", b, i), "")
				c.do("POST", "/files/v1/purge_trash", "")
			}
		})
	}
	group.Wait()
	for _, request := range c.server.Requests() {
		if request.Status >= 500 {
			t.Errorf("%s %s?%s: %d", request.Method, request.Path, request.Query, request.Status)
		}
	}
	var uses int
	for _, file := range c.server.Tree("/mybox") {
		if file.MD5 != sumOf("hello") {
			t.Errorf("file %+v", file)
		}
		uses++
	}
	if known := c.server.tree.content[mustSum(sumOf("hello"))]; known == nil && uses > 0 || known != nil && known.uses != uses {
		t.Errorf("%d uses are counted, %d files are there", known.uses, uses)
	}
}

func TestPinnedContentIsNotRemoved(t *testing.T) {
	t.Parallel()
	s := reopen(t, testOptions(t))
	u := &upload{id: "id", partial: new(partial), target: revision{digest: digest{sum: mustSum(sumOf("x"))}}}
	f, err := s.contents.openPartial(u)
	if err != nil {
		t.Fatal(err)
	}
	unpin := s.contents.pin(u.target.digest.sum)
	if err := errors.Join(f.Close(), s.contents.keep(u)); err != nil {
		t.Fatal(err)
	}
	s.contents.remove(u.target.digest.sum)
	if _, err := s.directory.root.Stat(contentPath(u.target.digest.sum)); err != nil {
		t.Errorf("pinned content: %v", err)
	}
	unpin()
	s.contents.remove(u.target.digest.sum)
	if _, err := s.directory.root.Stat(contentPath(u.target.digest.sum)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("content that nobody needs: %v", err)
	}
}
