//go:build unix

package config

import (
	"io/fs"
	"testing"
)

// TestOwnership covers what a test that runs as one user cannot see on files.
func TestOwnership(t *testing.T) {
	t.Parallel()
	const me, other = 1000, 1001
	for _, test := range []struct {
		uid, gid int
		mode     fs.FileMode
		user     int
		refused  bool
	}{
		{0, 0, 0o644, me, false},
		{me, me, 0o664, me, false},
		{me, me, 0o666, me, true},
		{0, 0, 0o646, me, true},
		{other, me, 0o644, me, true},
		{me, me, 0o600, 0, true},
		{0, 0, 0o664, 0, false},
		{0, me, 0o664, 0, true},
		{0, me, 0o644, 0, false},
	} {
		err := ownership{test.uid, test.gid, test.mode}.check("jobs.yaml", test.user)
		if (err != nil) != test.refused {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
