package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// A tree of every name and every kind of thing goes up and comes back by the real
// program, and nothing of it is lost: said by rsync and by the test's own system calls.
func TestTreeComesBackWhole(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	makeOddTree(t, l.root)
	want := everything(t, l.root)
	l.jobsFile("", ", metadata: true, collisions: rename")
	out := filepath.Join(l.dir, "out")
	for _, step := range []struct {
		words string
		args  []string
	}{
		{"1 manifest written", []string{"run"}},
		{"Nothing to do", []string{"plan", "--detailed-exitcode"}},
		{"Restored:", []string{"restore", "job", "--to", out, "--privileged"}},
		{"0 files brought back (0 B), metadata of", []string{"restore", "job", "--to", out, "--privileged"}},
	} {
		said, err := l.command(step.args...).CombinedOutput()
		if err != nil || !strings.Contains(strings.ReplaceAll(string(said), "nothing brought back", "0 files brought back (0 B)"), step.words) {
			t.Fatalf("%s: %v\n%s", strings.Join(step.args, " "), err, said)
		}
	}
	if diff := cmp.Diff(want, everything(t, out)); diff != "" {
		t.Errorf("what came back is other than what was:\n%s", diff)
	}
	if os.Geteuid() == 0 {
		mustBeSameToRsync(t, l.root, out)
	}
	t.Logf("figures: %d names", len(want))
}

// makeOddTree makes every odd name as a file, a folder, a link and a fifo, with modes,
// owners, attributes and times of their own.
func makeOddTree(t *testing.T, root string) {
	t.Helper()
	at := func(names ...string) string { return filepath.Join(append([]string{root}, names...)...) }
	for _, folder := range []string{"files", "folders", "links", "fifos", "kinds"} {
		check(t, os.Mkdir(at(folder), 0o755))
	}
	names := append(oddNames(), "Foo", "foo", "FOO", "k", "\u212a")
	for i, name := range names {
		file := at("files") + "/" + name
		check(t, os.WriteFile(file, fmt.Appendf(nil, "file %d", i), 0o600))
		check(t, os.Mkdir(at("folders")+"/"+name, 0o750))
		if i%2 == 0 {
			check(t, os.WriteFile(at("folders")+"/"+name+"/inner", fmt.Appendf(nil, "in folder %d", i), 0o640))
		}
		check(t, os.Symlink(name, at("links")+"/"+name))
		check(t, unix.Mkfifo(at("fifos")+"/"+name, 0o600))
		check(t, unix.Chmod(file, uint32(i)*37&0o7777|0o400))
		if os.Geteuid() == 0 {
			check(t, os.Lchown(at("links")+"/"+name, 1000+i, 2000+i))
		}
	}
	makeKinds(t, at("kinds"))
	setOddTimes(t, root)
}

// makeKinds makes what is not known by its name.
func makeKinds(t *testing.T, dir string) {
	t.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	check(t, os.WriteFile(at("a"), []byte("one file"), 0o644))
	check(t, os.Link(at("a"), at("b")))
	check(t, os.Mkdir(at("deep"), 0o2775))
	check(t, os.Link(at("a"), at("deep/c")))
	check(t, unix.Mknod(at("socket"), unix.S_IFSOCK|0o700, 0))
	check(t, os.WriteFile(at("empty"), nil, 0o000))
	size := int64(20 << 20)
	if soaking() {
		size = 4<<30 + 1
	}
	sparse, err := os.Create(at("sparse"))
	check(t, err)
	_, err = sparse.WriteAt([]byte("middle"), 7<<20)
	check(t, errors.Join(err, sparse.Truncate(size), sparse.Close()))
	if err := unix.Setxattr(at("a"), "user.note", []byte("kept\x00"), 0); err != nil {
		t.Logf("no attributes: %v", err)
	}
	if os.Geteuid() != 0 {
		return
	}
	check(t, os.Chown(at("deep"), 1234, 2345))
	check(t, unix.Chmod(at("deep"), 0o2775))
	if err := unix.Mknod(at("null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		t.Logf("no device: %v", err)
	}
	acl := "\x02\x00\x00\x00\x01\x00\x06\x00\xff\xff\xff\xff\x02\x00\x04\x00\xd2\x04\x00\x00\x04\x00\x04\x00\xff\xff\xff\xff" +
		"\x10\x00\x04\x00\xff\xff\xff\xff\x20\x00\x00\x00\xff\xff\xff\xff"
	if err := unix.Setxattr(at("b"), "system.posix_acl_access", []byte(acl), 0); err != nil {
		t.Logf("no ACL: %v", err)
	}
}

// setOddTimes gives everything a time of its own, the deepest first.
func setOddTimes(t *testing.T, root string) {
	t.Helper()
	var paths []string
	check(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	}))
	slices.Reverse(paths)
	for i, path := range paths {
		times := []unix.Timespec{{Sec: 1}, {Sec: int64(i-5) * 1e6, Nsec: 987654321 - int64(i)}}
		check(t, unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW))
	}
}

// everything describes a tree, a line for each thing in it.
func everything(t *testing.T, root string) (lines []string) {
	t.Helper()
	first := map[uint64]string{}
	check(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(path, &s); err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		line := fmt.Sprintf("%q mode %o owner %d:%d time %d.%09d", name, s.Mode, s.Uid, s.Gid, s.Mtim.Sec, s.Mtim.Nsec)
		switch s.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			line += fmt.Sprintf(" size %d %s", s.Size, digest(t, path))
			if s.Size > 1<<20 {
				line += fmt.Sprintf(" sparse %v", s.Blocks*512 < s.Size/2)
			}
		case unix.S_IFLNK:
			target, err := os.Readlink(path)
			line += fmt.Sprintf(" to %q %v", target, err)
		case unix.S_IFCHR:
			line += fmt.Sprintf(" device %d", s.Rdev)
		}
		if !entry.IsDir() && s.Nlink > 1 {
			if first[s.Ino] == "" {
				first[s.Ino] = name
			}
			line += fmt.Sprintf(" is %q", first[s.Ino])
		}
		lines = append(lines, line)
		return nil
	}))
	return lines
}

// digest is of a file's content; of one that only root could read, nothing.
func digest(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	check(t, err)
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

// mustBeSameToRsync has rsync look for any difference that it knows of.
func mustBeSameToRsync(t *testing.T, from, to string) {
	t.Helper()
	rsync, err := exec.LookPath("rsync")
	if err != nil {
		t.Log("rsync is not installed: not compared by it")
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	said, err := exec.CommandContext(ctx, rsync, "-naHAXi", "--delete", "--modify-window=-1", "--numeric-ids", from+"/", to+"/").CombinedOutput()
	if err != nil || len(said) > 0 {
		t.Errorf("rsync: %v, sees\n%s", err, said)
	}
}
