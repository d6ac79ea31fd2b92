package state_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
)

// checksumFile is a cache file that a test opens again and again.
type checksumFile struct {
	t    *testing.T
	dir  *state.Dir
	path string
	log  bytes.Buffer

	checks int
}

func newChecksumFile(t *testing.T) *checksumFile {
	t.Helper()
	path := t.TempDir()
	dir, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return &checksumFile{t: t, dir: dir, path: filepath.Join(path, "checksums", "home.db")}
}

// use opens the cache, does something with it and closes it.
func (f *checksumFile) use(share float64, do func(*state.Checksums)) {
	f.t.Helper()
	c := f.dir.OpenChecksums("home", share, slog.New(slog.NewTextHandler(&f.log, nil)))
	defer c.Close()
	do(c)
}

func (f *checksumFile) bytes() []byte {
	f.t.Helper()
	content, err := os.ReadFile(f.path)
	if err != nil {
		f.t.Fatal(err)
	}
	return content
}

func folder(id, files int) []checksum.Remembered {
	var all []checksum.Remembered
	for i := range files {
		all = append(all, checksum.Remembered{
			Name: fmt.Sprintf("IMG_2026%04d_%06d.jpg", id, i), Inode: uint64(id*1000 + i*7), Size: int64(1<<20 + i*997),
			Modified: 1700000000123456789 + int64(i)*987654321, Changed: 1750000000123456789 + int64(i)*123456789,
			MD5: md5.Sum(fmt.Append(nil, id, i)), Suspect: i == 3,
		})
	}
	return all
}

func TestChecksumsAreKept(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	odd := []checksum.Remembered{
		{Name: "", Inode: 1}, {Name: "a\xff\n", Inode: 1<<64 - 1, Size: 1 << 62, Modified: -1 << 62, Changed: 1<<62 + 1},
		{Name: "a\xff\nb", Inode: 3},
	}
	f.use(0, func(c *state.Checksums) {
		c.Remember("/a", "", 5, folder(1, 10))
		c.Remember("/a", "x/y", 6, odd)
		c.Remember("/b", "", 7, folder(2, 3))
	})
	f.use(0, func(c *state.Checksums) {
		for _, tt := range []struct {
			root, folder string
			inode        uint64
			want         []checksum.Remembered
		}{{"/a", "", 5, folder(1, 10)}, {"/a", "x/y", 6, odd}, {"/b", "", 0, folder(2, 3)}, {"/b", "x", 9, nil}, {"/c", "", 9, nil}} {
			got, moved := c.Folder(tt.root, tt.folder, tt.inode)
			if diff := cmp.Diff(tt.want, got); diff != "" || moved {
				t.Errorf("%s %q, moved %t (-want +got):\n%s", tt.root, tt.folder, moved, diff)
			}
		}
		c.Remember("/a", "", 5, nil)
		if got, _ := c.Folder("/a", "", 5); got != nil {
			t.Errorf("a forgotten folder has %v", got)
		}
	})
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v (%v), want 0600", info.Mode(), err)
	}
	if f.log.Len() > 0 {
		t.Errorf("the log says %s", &f.log)
	}
}

// TestRenamedFolders swaps two folders and moves a third to another root: each is found
// by its inode, also when its place is taken before it is asked for.
func TestRenamedFolders(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	f.use(0, func(c *state.Checksums) {
		c.Remember("/r", "a", 1, folder(1, 5))
		c.Remember("/r", "b", 2, folder(2, 5))
		c.Remember("/r", "c", 3, folder(3, 5))
	})
	f.use(0, func(c *state.Checksums) {
		for _, tt := range []struct {
			root, folder string
			inode        uint64
		}{{"/r", "a", 2}, {"/r", "b", 1}, {"/s", "z", 3}} {
			got, moved := c.Folder(tt.root, tt.folder, tt.inode)
			if diff := cmp.Diff(folder(int(tt.inode), 5), got); diff != "" || !moved {
				t.Errorf("%s %q, moved %t (-want +got):\n%s", tt.root, tt.folder, moved, diff)
			}
			c.Remember(tt.root, tt.folder, tt.inode, got)
		}
		c.Sweep()
	})
	f.use(0, func(c *state.Checksums) {
		if got, _ := c.Folder("/r", "c", 0); got != nil {
			t.Errorf("what is not there any more has %v", got)
		}
		if got, moved := c.Folder("/s", "z", 3); len(got) != 5 || moved {
			t.Errorf("the new place has %v, moved %t", got, moved)
		}
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	f.use(0, func(c *state.Checksums) {
		for i := range 50 {
			c.Remember("/r", fmt.Sprint(i), uint64(i+1), folder(i, 2))
		}
		c.Remember("/gone", "", 99, folder(99, 2))
	})
	f.use(0, func(c *state.Checksums) {
		for i := 0; i < 50; i += 2 {
			c.Folder("/r", fmt.Sprint(i), uint64(i+1))
		}
		c.Sweep()
	})
	f.use(0, func(c *state.Checksums) {
		for i := range 50 {
			if got, _ := c.Folder("/r", fmt.Sprint(i), 0); (got != nil) != (i%2 == 0) {
				t.Errorf("folder %d has %d files", i, len(got))
			}
		}
		if got, _ := c.Folder("/gone", "", 0); got != nil {
			t.Error("a root that the job has no more is remembered")
		}
	})
}

// TestNothingNewWritesNothing looks at the bytes of the file.
func TestNothingNewWritesNothing(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	f.use(0, func(c *state.Checksums) { c.Remember("/r", "", 1, folder(1, 100)) })
	before := f.bytes()
	f.use(0, func(c *state.Checksums) {
		c.Folder("/r", "", 1)
		c.Sweep()
	})
	if !bytes.Equal(before, f.bytes()) {
		t.Error("the file was written to")
	}
}

// TestSizeOfChecksums holds the file to 100 bytes for each file remembered.
func TestSizeOfChecksums(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	const folders, files = 500, 100
	f.use(0, func(c *state.Checksums) {
		for i := range folders {
			c.Remember("/srv/pictures", fmt.Sprintf("2026/%04d", i), uint64(i+1), folder(i, files))
		}
	})
	per := float64(len(f.bytes())) / (folders * files)
	t.Logf("%.1f bytes a file", per)
	if per > 100 {
		t.Errorf("the cache takes %.1f bytes a file", per)
	}
}

// TestRehashTurns counts how often each of 1,000 files has its turn in a round.
func TestRehashTurns(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	turns := make([]int, 1000)
	for round := range 50 {
		inRound := 0
		f.use(0.02, func(c *state.Checksums) {
			for i := range turns {
				if c.Due("/r", "x", fmt.Sprint(i)) {
					turns[i]++
					inRound++
				}
			}
			c.Sweep()
		})
		if inRound > 60 {
			t.Errorf("run %d reads %d of 1000 again", round, inRound)
		}
	}
	if slices.Min(turns) < 1 || slices.Max(turns) > 2 {
		t.Errorf("in 50 runs the files have from %d to %d turns", slices.Min(turns), slices.Max(turns))
	}
	f.use(1, func(c *state.Checksums) {
		if !c.Due("/r", "x", "1") {
			t.Error("a share of all leaves one out")
		}
	})
}

func TestForeignFilesAreMadeAnew(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"text": strings.Repeat("not a cache\n", 9999), "short": "x", "zeros": strings.Repeat("\x00", 65536),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newChecksumFile(t)
			if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			f.use(0, func(c *state.Checksums) { c.Remember("/r", "", 1, folder(1, 1)) })
			f.use(0, func(c *state.Checksums) {
				if got, _ := c.Folder("/r", "", 1); len(got) != 1 {
					t.Error("the new file keeps nothing")
				}
			})
			if !strings.Contains(f.log.String(), "made anew") {
				t.Errorf("the log says %q", &f.log)
			}
		})
	}
}

// TestChecksumsInUse opens the file twice: the second finds nothing and waits not long.
func TestChecksumsInUse(t *testing.T) {
	t.Parallel()
	f := newChecksumFile(t)
	f.use(0, func(c *state.Checksums) {
		c.Remember("/r", "", 1, folder(1, 1))
		f.use(0, func(second *state.Checksums) {
			second.Remember("/r", "", 1, folder(2, 1))
			if got, _ := second.Folder("/r", "x", 1); got != nil {
				t.Errorf("a file in use has %v", got)
			}
			second.Sweep()
		})
	})
	f.use(0, func(c *state.Checksums) {
		if got, _ := c.Folder("/r", "", 1); !cmp.Equal(got, folder(1, 1)) {
			t.Errorf("after use it has %v", got)
		}
	})
	if !strings.Contains(f.log.String(), "left alone") {
		t.Errorf("the log says %q", &f.log)
	}
}
