package planner

import (
	"testing"
	"time"
)

func TestRootDiffers(t *testing.T) {
	t.Parallel()
	known := &Known{Time: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Roots: []Root{
		{Path: "/data", As: "data", Files: 7, FileSystem: "uuid:1", Mounts: []string{"disk"}, Real: "/data"},
		{Path: "/linked", As: "linked", Files: 7},
		{Path: "/other", As: "other", Files: 0, FileSystem: "nfs4:server:/x"},
	}}
	tests := []struct {
		name string
		root Root
		want string
	}{
		{"the same", Root{Path: "/data", As: "data", Files: 3, FileSystem: "uuid:1", Mounts: []string{"disk", "more"}}, ""},
		{"never seen, empty, with files in the cloud", Root{Path: "/new", As: "data", CloudOnly: 2}, "has no file to back up, but the cloud has 2 files of it (not mounted?)"},
		{"known to be empty, with files in the cloud", Root{Path: "/other", As: "other", CloudOnly: 2, FileSystem: "nfs4:server:/x"}, ""},
		{"never seen", Root{Path: "/new", As: "data"}, ""},
		{"empty", Root{Path: "/data", As: "data", FileSystem: "uuid:1", Mounts: []string{"disk"}}, "is empty but held 7 files on 2026-11-20 (not mounted?)"},
		{"empty as far as it can be read", Root{Path: "/data", As: "data", Unread: true, FileSystem: "uuid:1", Mounts: []string{"disk"}}, ""},
		{"another disk that cannot be read", Root{Path: "/data", As: "data", Unread: true, FileSystem: "uuid:2", Mounts: []string{"disk"}}, "is on another file system than on 2026-11-20 (uuid:2, then uuid:1)"},
		{"all excluded", Root{Path: "/data", As: "data", Excluded: 2}, "has nothing in it that the rules do not exclude, but held 7 files on 2026-11-20"},
		{"empty as before", Root{Path: "/other", As: "other", FileSystem: "nfs4:server:/x"}, ""},
		{"another disk", Root{Path: "/data", As: "data", Files: 7, FileSystem: "uuid:2", Mounts: []string{"disk"}}, "is on another file system than on 2026-11-20 (uuid:2, then uuid:1)"},
		{"known by its device", Root{Path: "/data", As: "data", Files: 7, FileSystem: "ext4:/dev/sda1", Mounts: []string{"disk"}}, ""},
		{"not known", Root{Path: "/data", As: "data", Files: 7, Mounts: []string{"disk"}}, ""},
		{"a mount gone", Root{Path: "/data", As: "data", Files: 7, FileSystem: "uuid:1"}, `misses the file system that was mounted at "disk" on 2026-11-20`},
		{"a link where a folder was", Root{Path: "/data", As: "data", Files: 7, Mounts: []string{"disk"}, Real: "/x"}, `leads by a link to "/x", and was a folder itself on 2026-11-20`},
		{"a link as before", Root{Path: "/linked", As: "linked", Files: 7, Real: "/x"}, ""},
		{"another export", Root{Path: "/other", As: "other", Files: 1, FileSystem: "nfs4:server:/y"}, "is on another file system than on 2026-11-20 (nfs4:server:/y, then nfs4:server:/x)"},
	}
	for _, tt := range tests {
		if got := tt.root.differs(known); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if got := tt.root.differs(nil); (got != "") != (tt.root.CloudOnly > 0) {
			t.Errorf("%s: with nothing known: %q", tt.name, got)
		}
	}
}
