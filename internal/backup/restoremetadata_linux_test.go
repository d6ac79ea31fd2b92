package backup

import (
	"bytes"
	"context"
	"crypto/md5"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/manifest"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// restore brings the lab's job back to a folder, with its metadata.
func (l *lab) restore(to string, change ...func(*planner.RestoreSpec)) Restored {
	l.t.Helper()
	spec := l.restoreSpec(to)
	for _, c := range change {
		c(&spec)
	}
	return l.restorer().Run(l.t.Context(), spec)
}

func (l *lab) restorer() *Restorer {
	return &Restorer{
		Cloud: l.runner.Cloud.(*jotta.Client), Hasher: l.runner.Hasher, Slots: executor.NewSlots(2), Grace: l.runner.Grace,
		Reporter: silent{}, Now: l.runner.Now, Metadata: &MetadataOptions{Owners: os.Geteuid() == 0},
		OpenState: func() (*state.Dir, error) { return state.Open(l.runner.State.Path()) },
	}
}

func (l *lab) restoreSpec(to string) planner.RestoreSpec {
	spec := planner.RestoreSpec{Job: "job", Target: l.spec.Target, Roots: []planner.Root{{Path: to}}}
	for _, root := range l.spec.Roots {
		spec.Sources = append(spec.Sources, root.Root)
	}
	return spec
}

// putManifest puts a manifest into the cloud that no run of ours has made.
func (l *lab) putManifest(data []byte) {
	l.t.Helper()
	_, err := l.runner.Cloud.Upload(l.t.Context(), jotta.Upload{
		Path: l.spec.Target.Join(planner.ManifestFile), Size: int64(len(data)), MD5: md5.Sum(data),
		Modified: l.runner.Now(), Content: bytes.NewReader(data),
	})
	check(l.t, err)
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	check(t, err)
	return info.Mode()
}

// A file that is not what the cloud has stays as it is, its mode too; a folder that was
// there before keeps its own; one that the restore makes becomes like the root.
func TestMetadataOfWhatWasRestoredOnly(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	for _, name := range []string{"kept", "same", "fetched"} {
		l.write(name, "content of "+name)
		check(t, os.Chmod(filepath.Join(l.root, name), 0o640))
	}
	check(t, os.Chmod(l.root, 0o751))
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	to := t.TempDir()
	check(t, os.Chmod(to, 0o700))
	check(t, os.WriteFile(filepath.Join(to, "kept"), []byte("other content"), 0o604))
	check(t, os.WriteFile(filepath.Join(to, "same"), []byte("content of same"), 0o604))
	o := l.restore(to)
	if o.Err != nil || o.Metadata.Failed > 0 || !o.Metadata.Applied || o.Plan.Counts.Kept != 1 {
		t.Errorf("%+v", o)
	}
	want := map[string]os.FileMode{"kept": 0o604, "same": 0o640, "fetched": 0o640, "": 0o700 | os.ModeDir}
	got := map[string]os.FileMode{}
	for name := range want {
		got[name] = modeOf(t, filepath.Join(to, name))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	if o := l.restore(fresh); o.Err != nil {
		t.Error(o.Err)
	}
	if mode := modeOf(t, fresh); mode != 0o751|os.ModeDir {
		t.Errorf("the folder that the restore has made is %v", mode)
	}
}

// breaking is a cloud that ends the restore with the first download of a file.
type breaking struct {
	*jotta.Client
	end context.CancelFunc
}

func (b breaking) Download(ctx context.Context, d jotta.Download) (int64, error) {
	if strings.HasSuffix(string(d.Path), planner.ManifestFile) {
		return b.Client.Download(ctx, d)
	}
	b.end()
	return 0, context.Canceled
}

// A folder that a restore has made, which was broken off then, becomes like the root with
// the next one.
func TestMetadataOfAFolderThatABrokenRestoreHasMade(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	l.write("file", "content")
	check(t, os.Chmod(l.root, 0o700))
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	if err := unix.Setxattr(t.TempDir(), "user.test", nil, 0); err != nil {
		t.Skipf("this file system has no attributes: %v", err)
	}
	to := filepath.Join(t.TempDir(), "to")
	ctx, cancel := context.WithCancel(t.Context())
	restorer, spec := l.restorer(), l.restoreSpec(to)
	restorer.Cloud = breaking{l.runner.Cloud.(*jotta.Client), cancel}
	if o := restorer.Run(ctx, spec); o.Err == nil || modeOf(t, to) == 0o700|os.ModeDir {
		t.Fatalf("%+v, %v", o, modeOf(t, to))
	}
	if o := l.restore(to); o.Err != nil || modeOf(t, to) != 0o700|os.ModeDir {
		t.Errorf("%+v, %v", o, modeOf(t, to))
	}
	check(t, os.Chmod(to, 0o711)) // from now on it is somebody's
	if o := l.restore(to); o.Err != nil || modeOf(t, to) != 0o711|os.ModeDir {
		t.Errorf("%+v, %v", o, modeOf(t, to))
	}
	if left, err := unix.Listxattr(to, nil); err != nil || left != 0 {
		t.Errorf("%d bytes of attributes are left, %v", left, err)
	}
}

// Roots that are restored in place get back what was theirs.
func TestMetadataInPlace(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	rules := l.spec.Roots[0].Rules
	l.spec.Roots = nil
	for _, name := range []string{"one", "two"} {
		l.mkdir(name + "/sub")
		l.write(name+"/sub/file", name)
		check(t, os.Symlink("sub", filepath.Join(l.root, name, "link")))
		l.spec.Roots = append(l.spec.Roots, planner.RootSpec{Root: planner.Root{Path: filepath.Join(l.root, name), As: "as-" + name}, Rules: rules})
	}
	check(t, os.Chmod(filepath.Join(l.root, "two"), 0o711))
	check(t, os.Chmod(filepath.Join(l.root, "two/sub"), 0o710))
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	check(t, os.RemoveAll(filepath.Join(l.root, "two")))
	o := l.restore("", func(s *planner.RestoreSpec) { s.InPlace, s.Roots = true, s.Sources })
	if o.Err != nil || !o.Metadata.Applied || o.Metadata.Failed > 0 {
		t.Fatalf("%+v", o)
	}
	for name, want := range map[string]os.FileMode{"two": 0o711 | os.ModeDir, "two/sub": 0o710 | os.ModeDir} {
		if got := modeOf(t, filepath.Join(l.root, name)); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(l.root, "two/link")); err != nil || target != "sub" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
}

// Older content has the mode that it had then, as long as the cloud keeps the manifest of
// then, and else is for its owner alone.
func TestMetadataOfThePast(t *testing.T) {
	t.Parallel()
	l, begun := newMetadataLab(t), time.Now()
	for i, mode := range []os.FileMode{0o640, 0o604, 0o666, 0o644, 0o644, 0o644, 0o644} {
		l.write("a", strings.Repeat("a", i))
		check(t, os.Chmod(filepath.Join(l.root, "a"), mode))
		if i > 2 { // then only the manifest has another version
			l.write("a", "aa")
			l.write("b", strings.Repeat("b", i))
		}
		if o := l.run(); !o.Whole() {
			t.Fatalf("%+v", o)
		}
		l.ahead.Add(60)
	}
	one, wanted := "a", planner.RestoreSpec{Patterns: []string{"/a"}}.Wants()
	for _, tt := range []struct {
		options jotta.PastOptions
		want    os.FileMode
		noted   bool
	}{
		{jotta.PastOptions{Number: 1, File: one, Beside: planner.ManifestFile}, 0o600, true},
		{jotta.PastOptions{Number: 2, File: one, Beside: planner.ManifestFile}, 0o600, true},
		{jotta.PastOptions{Number: 3, File: one, Beside: planner.ManifestFile}, 0o644, false},
		{jotta.PastOptions{AsOf: begun.Add(90 * time.Second), Wanted: wanted}, 0o600, true},
		{jotta.PastOptions{AsOf: begun.Add(150 * time.Second), Wanted: wanted}, 0o666, false},
		{jotta.PastOptions{AsOf: begun.Add(time.Hour), Wanted: wanted}, 0o644, false},
	} {
		to, restorer, spec := t.TempDir(), l.restorer(), l.restoreSpec("")
		past := l.runner.Cloud.(*jotta.Client).Past(l.spec.Target, tt.options)
		restorer.Cloud, restorer.Sweep, restorer.Private = past, past.Sweep, true
		spec.Roots, spec.Patterns = []planner.Root{{Path: to}}, []string{"/a"}
		o := restorer.Run(t.Context(), spec)
		if noted := len(o.Plan.Notes) == 1; o.Err != nil || modeOf(t, filepath.Join(to, one)) != tt.want || noted != tt.noted {
			t.Errorf("%+v: %v, %+v", tt.options, modeOf(t, filepath.Join(to, one)), o)
		}
	}
}

// A manifest that is torn or made up ends in words, and the files are there without it,
// for their owner alone: nobody knows for whom else.
func TestBadManifestSpoilsNoFile(t *testing.T) {
	t.Parallel()
	var escaping bytes.Buffer
	w, err := manifest.NewWriter(&escaping, manifest.Header{Job: "job", Roots: []manifest.Root{{Path: "/r"}}})
	check(t, err)
	check(t, w.Add(manifest.Entry{Path: "a", Kind: manifest.File, Size: 7, Mode: 0o600}))
	check(t, w.Close())
	for name, data := range map[string][]byte{
		"torn":  escaping.Bytes()[:escaping.Len()-3],
		"junk":  []byte("this is no manifest"),
		"empty": nil,
	} {
		l := newMetadataLab(t)
		l.write("a", "content")
		if o := l.run(); !o.Whole() {
			t.Fatalf("%+v", o)
		}
		l.putManifest(data)
		to := t.TempDir()
		o := l.restore(to)
		if o.Metadata.Err == nil || !strings.Contains(o.Metadata.Err.Error(), "read manifest") || o.Summary == nil || o.Summary.Fetched != 1 {
			t.Errorf("%s: %+v", name, o)
		}
		if content, err := os.ReadFile(filepath.Join(to, "a")); err != nil || string(content) != "content" {
			t.Errorf("%s: the file holds %q, %v", name, content, err)
		}
		if got := modeOf(t, filepath.Join(to, "a")); got != 0o600 {
			t.Errorf("%s: the file's mode is %v", name, got)
		}
	}
}
