package manifest

import (
	"bytes"
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

	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/localfs"
)

// capture returns the manifest of a folder, as a walk by a job without rules shows it,
// and what was noted.
func capture(t *testing.T, dir string) (data []byte, notes []Note) {
	t.Helper()
	var to bytes.Buffer
	c, err := NewCapture(&to, Header{Job: "j", Roots: []Root{{Path: "/r"}}}, func(n Note) { notes = append(notes, n) })
	if err != nil {
		t.Fatal(err)
	}
	tree := openTree(t, dir)
	folder, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	show(t, c, folder, "")
	if _, err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes(), notes
}

func show(t *testing.T, c *Capture, folder *localfs.Folder, path string) {
	t.Helper()
	defer folder.Close()
	c.Add(Sight{Path: path, Cloud: path, Folder: folder})
	entries, err := folder.Entries()
	if err != nil {
		t.Fatal(err)
	}
	below := func(name string) string { return strings.TrimPrefix(path+"/"+name, "/") }
	for _, e := range entries {
		if e.Info.Kind != localfs.KindFolder {
			c.Add(Sight{Path: below(e.Name), Cloud: below(e.Name), Folder: folder, Name: e.Name})
		}
	}
	for _, e := range entries {
		if e.Info.Kind == localfs.KindFolder {
			next, err := folder.OpenFolder(e.Name)
			if err != nil {
				t.Fatal(err)
			}
			show(t, c, next, below(e.Name))
		}
	}
}

func openTree(t *testing.T, dir string) *localfs.Tree {
	t.Helper()
	tree, err := localfs.OpenTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// applied is what came of an Apply.
type applied struct {
	Result
	withheld, failed []Note
}

// apply applies a manifest to a folder with everything allowed that the user can do.
func apply(t *testing.T, data []byte, dir string, change func(*Options)) applied {
	t.Helper()
	var got applied
	options := Options{
		Owners: os.Geteuid() == 0, Privileged: true, Top: true,
		Withheld: func(n Note) { got.withheld = append(got.withheld, n) },
		Failed:   func(n Note) { got.failed = append(got.failed, n) },
	}
	if change != nil {
		change(&options)
	}
	result, err := Apply(t.Context(), opener(data), []Dir{{Tree: openTree(t, dir)}}, options)
	if err != nil {
		t.Fatal(err)
	}
	if result.Failed != len(got.failed) || result.Withheld != len(got.withheld) {
		t.Errorf("%+v, but %d failures and %d withheld were told", result, len(got.failed), len(got.withheld))
	}
	got.Result = result
	return got
}

func opener(data []byte) Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// restoreContents brings back what the cloud keeps: bytes, names, whole seconds.
func restoreContents(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		return errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), copyFile(path, target))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(struct{ io.Writer }{out}, in); err != nil { // as a download comes: with no holes
		return err
	}
	info, err := in.Stat()
	if err != nil {
		return err
	}
	return os.Chtimes(to, time.Time{}, info.ModTime().Truncate(time.Second))
}

// makeTree makes one of everything that the user and the file system can make, and
// returns the reasons for what is missing.
func makeTree(t *testing.T, dir string) (missing []string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	try := func(what string, err error) {
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", what, err))
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, folder := range []string{"empty", "deep/er/and/deeper", "set-gid", "shut", "bad\xffname"} {
		must(os.MkdirAll(at(folder), 0o755))
	}
	for i, name := range []string{"plain", "deep/er/file", "deep/a:b?", "shut/inside", "bad\xffname/x", "-rf", "new\nline", "read-only", "mode-000", "set-uid"} {
		must(os.WriteFile(at(name), []byte(strings.Repeat(name, i+1)), 0o640))
	}
	must(os.Link(at("plain"), at("deep/plain too")))
	must(os.Link(at("plain"), at("z-plain")))
	must(os.Symlink("plain", at("link")))
	must(os.Symlink("/nowhere/\xffbad", at("deep/dangling")))
	must(os.Symlink("../deep", at("empty/to a folder")))
	must(unix.Mkfifo(at("fifo"), 0o620))
	must(unix.Mknod(at("socket"), unix.S_IFSOCK|0o700, 0))
	sparse, err := os.Create(at("sparse"))
	must(err)
	_, err = sparse.WriteAt([]byte("in the middle"), 3<<20)
	must(errors.Join(err, sparse.Truncate(9<<20), sparse.Close()))
	try("a device file", unix.Mknod(at("device"), unix.S_IFCHR|0o604, int(unix.Mkdev(1, 7))))
	try("an attribute", unix.Setxattr(at("plain"), "user.note", []byte("\x00\xff"), 0))
	try("an attribute of what may not be written to", unix.Setxattr(at("read-only"), "user.note", []byte("x"), 0))
	try("an attribute of a folder", unix.Setxattr(at("empty"), "user.empty", nil, 0))
	try("an ACL", unix.Setxattr(at("deep/er/file"), "system.posix_acl_access", acl(), 0))
	try("a default ACL", unix.Setxattr(at("deep/er"), "system.posix_acl_default", acl(), 0))
	try("a trusted attribute", unix.Setxattr(at("deep/a:b?"), "trusted.t", []byte("t"), 0))
	try("an attribute of a link", unix.Lsetxattr(at("link"), "trusted.l", []byte("l"), 0))
	try("capabilities", unix.Setxattr(at("-rf"), "security.capability", []byte("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0))
	try("an owner", os.Lchown(at("link"), 1234, 2345))
	try("another owner", os.Lchown(at("set-uid"), 1234, 2345))
	try("a folder's owner", os.Lchown(at("shut"), 1234, 2345))
	must(unix.Chmod(at("set-uid"), 0o6755))
	must(unix.Chmod(at("set-gid"), 0o3775))
	must(unix.Chmod(at("read-only"), 0o444))
	setTimes(t, dir)
	must(unix.Chmod(at("mode-000"), 0o600)) // an ordinary user could not back up less
	must(unix.Chmod(at("shut"), 0o500))
	return missing
}

// reopen lets the test's end remove what makeTree shuts.
func reopen(t *testing.T, dirs ...string) {
	t.Cleanup(func() {
		for _, dir := range dirs {
			os.Chmod(filepath.Join(dir, "shut"), 0o700)
		}
	})
}

// acl lets user 1234 read, besides the owner.
func acl() []byte {
	return []byte("\x02\x00\x00\x00" +
		"\x01\x00\x06\x00\xff\xff\xff\xff" + "\x02\x00\x04\x00\xd2\x04\x00\x00" + "\x04\x00\x00\x00\xff\xff\xff\xff" +
		"\x10\x00\x04\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff")
}

// setTimes gives everything a time of its own, to the nanosecond, before 1970 too.
func setTimes(t *testing.T, dir string) {
	t.Helper()
	n := int64(-3)
	var walk func(path string)
	walk = func(path string) {
		entries, err := os.ReadDir(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.IsDir() {
				walk(filepath.Join(path, entry.Name()))
			}
		}
		for _, entry := range append(entries, nil) {
			at := path
			if entry != nil {
				at = filepath.Join(path, entry.Name())
			}
			times := []unix.Timespec{{Sec: 1}, {Sec: n * 1e7, Nsec: 123456789 + n}}
			if err := unix.UtimesNanoAt(unix.AT_FDCWD, at, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	walk(dir)
}

// inventory describes a tree by system calls of its own, one line a name.
func inventory(t *testing.T, dir string) []string {
	t.Helper()
	var lines []string
	first := map[uint64]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(path, &s); err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		line := fmt.Sprintf("%q mode %o owner %d:%d time %d.%09d", rel, s.Mode, s.Uid, s.Gid, s.Mtim.Sec, s.Mtim.Nsec)
		switch s.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			content, err := os.ReadFile(path)
			line += fmt.Sprintf(" size %d content %x", s.Size, sha256.Sum256(content))
			if err == nil && s.Blocks*512 < s.Size {
				line += fmt.Sprintf(" blocks %d", s.Blocks)
			}
		case unix.S_IFLNK:
			target, _ := os.Readlink(path)
			line += fmt.Sprintf(" -> %q", target)
		case unix.S_IFCHR, unix.S_IFBLK:
			line += fmt.Sprintf(" device %d", s.Rdev)
		}
		if !entry.IsDir() && s.Nlink > 1 {
			if first[s.Ino] == "" {
				first[s.Ino] = rel
			}
			line += fmt.Sprintf(" same as %q", first[s.Ino])
		}
		lines = append(lines, line+rawXattrs(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func rawXattrs(path string) string {
	list := make([]byte, 4096)
	n, err := unix.Llistxattr(path, list)
	if err != nil {
		return ""
	}
	names := strings.Split(strings.Trim(string(list[:n]), "\x00"), "\x00")
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		if name == "" || name == "security.selinux" {
			continue
		}
		value := make([]byte, 4096)
		n, err := unix.Lgetxattr(path, name, value)
		fmt.Fprintf(&b, " %s=%x,%v", name, value[:max(n, 0)], err)
	}
	return b.String()
}

// rsyncDifferences is what rsync would do to make one folder like the other.
func rsyncDifferences(t *testing.T, from, to string) string {
	t.Helper()
	rsync, err := exec.LookPath("rsync")
	if err != nil {
		t.Log("rsync is not installed: not compared by it")
		return ""
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, rsync, "-naHAXi", "--delete", "--modify-window=-1", "--numeric-ids", from+"/", to+"/").CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, output)
	}
	return string(output)
}
