package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// describeTree is all that is known of a tree, as text.
func describeTree(t testing.TB, of *tree) string {
	t.Helper()
	var out bytes.Buffer
	of.describe(func(r record) {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	})
	fmt.Fprintf(&out, "usage %d, content %d, uploads %d, shares %d\n", of.usage, len(of.content), len(of.uploads), len(of.shares))
	return out.String()
}

// furnish makes a cloud with some of everything, through the wire.
func (c *cloud) furnish() {
	c.t.Helper()
	furnishForGolden(c)
	c.want(200, "POST", "/jfs/u1/mybox/backup/pictures/a.jpg?mv="+to("moved.jpg"), "")
	c.want(200, "GET", "/jfs/u1/mybox/backup/moved.jpg?mode=enableShare", "")
	c.want(200, "POST", "/jfs/u1/mybox/backup/pictures/gone?rmDir=true", "")
	c.login()
	if err := c.server.SetQuota(1 << 30); err != nil {
		c.t.Fatal(err)
	}
}

func reopen(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// furnished returns the options of a cloud that was furnished and closed, and its tree.
func furnished(t testing.TB) (Options, string) {
	t.Helper()
	options := testOptions(t)
	s := reopen(t, options)
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	(&cloud{t, s, running.URL}).furnish()
	before := describeTree(t, s.tree)
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	return options, before
}

func TestReopenFromJournalAndFromSnapshot(t *testing.T) {
	t.Parallel()
	options, before := furnished(t)
	s := reopen(t, options)
	if diff := cmp.Diff(before, describeTree(t, s.tree)); diff != "" {
		t.Errorf("from the journal (-before +after):\n%s", diff)
	}
	if err := errors.Join(draftSnapshot(s.directory, s.tree, s.generation+1), adoptSnapshot(s.directory, s.generation+1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, options)
	if s.generation != 1 || s.journal.size != 0 {
		t.Errorf("generation %d, journal of %d bytes", s.generation, s.journal.size)
	}
	if diff := cmp.Diff(before, describeTree(t, s.tree)); diff != "" {
		t.Errorf("from the snapshot (-before +after):\n%s", diff)
	}
}

// TestJournalCutAtEveryByte cuts the last change short in every possible way: the
// cloud opens as it was before it, and goes on from there.
func TestJournalCutAtEveryByte(t *testing.T) {
	t.Parallel()
	options, after := furnished(t)
	file := filepath.Join(options.Directory, journalName(0))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	var before string
	for cut := last; cut <= len(whole); cut++ {
		if err := os.WriteFile(file, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := reopen(t, options)
		got := describeTree(t, s.tree)
		if info, err := os.Stat(file); err != nil || info.Size() != s.journal.size {
			t.Fatalf("cut at byte %d: a torn end is left: %v, %v", cut, info.Size(), err)
		}
		if cut == last {
			before = got
		}
		want := before
		if cut == len(whole) {
			want = after
		}
		if got != want {
			t.Fatalf("cut at byte %d of %d (-want +got):\n%s", cut, len(whole), cmp.Diff(want, got))
		}
		if err := s.SetWriteLocked(true); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s = reopen(t, options); !s.tree.account.WriteLocked {
			t.Fatalf("cut at byte %d: a change after it is lost", cut)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if before == after {
		t.Error("the last change changes nothing: the test shows nothing")
	}
}

func TestDamageIsRefused(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(options Options) error{
		"a changed byte in the journal": func(options Options) error {
			return rewrite(filepath.Join(options.Directory, journalName(0)), func(b []byte) []byte { b[40] ^= 1; return b })
		},
		"a snapshot that is cut": func(options Options) error {
			s, err := Open(options)
			if err != nil {
				return err
			}
			if err := errors.Join(draftSnapshot(s.directory, s.tree, 1), adoptSnapshot(s.directory, 1), s.Close()); err != nil {
				return err
			}
			return rewrite(filepath.Join(options.Directory, snapshotName), func(b []byte) []byte { return b[:len(b)-30] })
		},
		"a newer format": func(options Options) error {
			return os.WriteFile(filepath.Join(options.Directory, markerName), []byte(`{"format_version":2}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options, _ := furnished(t)
			if err := damage(options); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(options); err == nil {
				t.Error("opened", s.Close())
			}
		})
	}
}

// TestDamageBeforeWholeChangesIsRefused: only the end of a journal may be torn.
func TestDamageBeforeWholeChangesIsRefused(t *testing.T) {
	t.Parallel()
	line, err := encodeChange([]record{{Op: opFolder, Path: "/mybox/backup"}})
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(line)
	damaged[20] ^= 1
	nothing := func([]record) error { return nil }
	journal := slices.Concat(line, damaged, line)
	if _, err := readChanges(bytes.NewReader(journal), nothing); !errors.Is(err, errJournalDamaged) {
		t.Errorf("in the middle: %v", err)
	}
	journal = slices.Concat(line, damaged)
	if whole, err := readChanges(bytes.NewReader(journal), nothing); err != nil || whole != int64(len(line)) {
		t.Errorf("at the end: %d of %d bytes are whole: %v", whole, len(line), err)
	}
}

func rewrite(file string, change func([]byte) []byte) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, change(body), 0o600)
}

func TestForeignFolderIsRefused(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	if err := os.WriteFile(filepath.Join(options.Directory, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(options); !errors.Is(err, ErrNotACloud) {
		t.Errorf("error %v", err)
	}
	entries, err := os.ReadDir(options.Directory)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestFolderIsPrivateAndHeldOnce(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.Directory = filepath.Join(options.Directory, "new", "cloud")
	s := reopen(t, options)
	if info, err := os.Stat(options.Directory); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Open(options); !errors.Is(err, ErrInUse) {
		t.Errorf("second holder: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	reopen(t, options)
}

func TestPasswordIsKept(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.Password, options.KeepPassword = "", true
	s := reopen(t, options)
	first := s.Password()
	if info, err := os.Stat(filepath.Join(options.Directory, passwordName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := reopen(t, options).Password(); got != first || len(first) < 40 {
		t.Errorf("passwords %q and %q", first, got)
	}
}

func TestPartialUploadOutlivesARestart(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	s := reopen(t, options)
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t, s, running.URL}
	c.mountpoint("/mybox/backup")
	c.want(420, "POST", c.allocate("/mybox/backup/a", "0123456789").UploadURL, "0123")
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	c = startCloudWith(t, options)
	again := c.allocate("/mybox/backup/a", "0123456789")
	if again.ResumePos != 4 {
		t.Fatalf("resume_pos %d", again.ResumePos)
	}
	c.want(200, "POST", again.UploadURL, "456789", "Range", "bytes=4-9")
}

func TestOrphansAreSweptAndLossIsSaid(t *testing.T) {
	t.Parallel()
	options, _ := furnished(t)
	orphan := filepath.Join(options.Directory, contentPath(mustSum(sumOf("orphan"))))
	stray := filepath.Join(options.Directory, contentName, "ab", "stray"+partialSuffix)
	for _, file := range []string{orphan, stray} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte("orphan"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(options.Directory, contentPath(mustSum(sumOf("hello"))))); err != nil {
		t.Fatal(err)
	}
	var logged lockedBuffer
	options.Logger = logged.logger()
	reopen(t, options)
	for _, file := range []string{orphan, stray} {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", file, err)
		}
	}
	mustContain(t, logged.String(), "content is missing", sumOf("hello"))
}

func TestTrashExpires(t *testing.T) {
	t.Parallel()
	options, clock := testOptions(t), newClock()
	options.Now = clock.now
	s := reopen(t, options)
	running, err := Start(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t, s, running.URL}
	c.mountpoint("/mybox/backup")
	c.upload("/mybox/backup/a", "hello")
	c.want(200, "POST", "/jfs/u1/mybox/backup/a?dl=true", "")
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		wait   time.Duration
		status int
	}{{29 * 24 * time.Hour, 200}, {2 * 24 * time.Hour, 404}} {
		clock.advance(test.wait)
		s := reopen(t, options)
		running, err := Start(s, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		(&cloud{t, s, running.URL}).want(test.status, "GET", "/jfs/u1/mybox/backup/a", "")
		if err := running.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailedJournalChangesNothing(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.mountpoint("/mybox/backup")
	before := describeTree(t, c.server.tree)
	healthy := c.server.journal.file
	readOnly, err := c.server.directory.root.Open(journalName(0))
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	c.server.journal.file = readOnly
	mustNotContain(t, c.want(500, "POST", "/jfs/u1/mybox/backup/n?mkDir=true", "").body, c.server.options.Directory)
	if got := describeTree(t, c.server.tree); got != before {
		t.Errorf("changed:\n%s", cmp.Diff(before, got))
	}
	c.server.journal.file = healthy
	c.server.journal.broken = nil
	c.want(200, "POST", "/jfs/u1/mybox/backup/n?mkDir=true", "")
}

// TestSyncsAreShared shows the group commit: once a later change is durable, an
// earlier one needs no sync of its own.
func TestSyncsAreShared(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	options.NoSync = false
	s := reopen(t, options)
	if err := s.SetQuota(1); err != nil || s.journal.synced != s.journal.size {
		t.Errorf("a change is not durable: %d of %d bytes are synced: %v", s.journal.synced, s.journal.size, err)
	}
	line, err := encodeChange([]record{{Op: opFolder, Path: "/mybox/backup"}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.journal.append(line)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.journal.append(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.journal.wait(second); err != nil {
		t.Fatal(err)
	}
	healthy := s.journal.file
	s.journal.file = nil // a sync would fail now
	if err := s.journal.wait(first); err != nil {
		t.Errorf("the first change was synced again: %v", err)
	}
	if err := s.journal.wait(second + 1); err == nil {
		t.Error("a later change is called durable without a sync")
	}
	s.journal.file = healthy
}
