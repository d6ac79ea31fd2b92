package emulator

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestLegacyServer(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.Legacy = true
	c := startCloudWith(t, options)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("u1:secret"))
	c.want(401, "GET", "/jfs/u1", "")
	c.want(201, "POST", "/jfs/u1/mybox/backup", "", "Authorization", basic)
	for _, path := range []string{"/files/v1/allocate", "/auth/v1/token", "/auth/v1/register"} {
		if a := c.want(404, "POST", path, "{}", "Authorization", basic); strings.Contains(a.body, "Exception") {
			t.Errorf("%s: %q", path, a.body)
		}
	}
	c.want(404, "GET", "/account/v1/customer", "", "Authorization", basic)
	for _, mode := range []string{"liststream", "list"} {
		mustContain(t, c.want(400, "GET", "/jfs/u1/mybox/backup?mode="+mode, "", "Authorization", basic).body, idInvalidArgument)
	}
	c.want(201, "POST", "/jfs/u1/mybox/backup/d/a?umode=nomultipart", "abc", "Authorization", basic, "JMd5", sumOf("abc"), "JSize", "3")
	mustContain(t, c.want(200, "GET", "/jfs/u1/mybox/backup/d", "", "Authorization", basic).body, `num_files="1"`)
	c.want(200, "GET", "/emulator/requests", "", "Authorization", basic)
}

func TestServerThatLacksOperations(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.Lacks = []string{"allocate", "liststream"}
	c := startCloudWith(t, options)
	c.mountpoint("/mybox/backup")
	c.want(404, "POST", "/files/v1/allocate", "{}")
	c.want(400, "GET", "/jfs/u1/mybox/backup?mode=liststream", "")
	c.want(200, "GET", "/jfs/u1/mybox/backup?mode=list", "")
	c.want(200, "GET", "/account/v1/customer", "")
}

// Folders that hold files are counted, and named by the files alone.
func TestSparseListing(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.SparseListing = true
	c := startCloudWith(t, options)
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/full/deep/a", "abc")
	c.want(200, "POST", "/jfs/u1/mybox/backup/empty?mkDir=true", "")
	body := c.want(200, "GET", "/jfs/u1/mybox/backup?mode=liststream", "").body
	mustContain(t, body, "<path>/backup/full</path></folder>", "<path>/backup/empty</path></folder>", "<stats><folders>4</folders><files>1</files></stats>")
	mustNotContain(t, body, "<path>/backup/full/deep</path></folder>")
}
