package backup

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/jottarun/jottarun/internal/manifest"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// manifest returns what the cloud's manifest has: "path kind", in its order.
func (l *lab) manifest() (lines []string) {
	l.t.Helper()
	client := l.runner.Cloud.(*jotta.Client)
	path := l.spec.Target.Join(planner.ManifestFile)
	file, err := client.Stat(l.t.Context(), path)
	check(l.t, err)
	to, err := os.Create(filepath.Join(l.t.TempDir(), "manifest"))
	check(l.t, err)
	defer to.Close()
	_, err = client.Download(l.t.Context(), jotta.Download{Path: path, Size: file.Size, MD5: file.MD5, To: to})
	check(l.t, err)
	data, err := os.ReadFile(to.Name())
	check(l.t, err)
	reader, err := manifest.NewReader(bytes.NewReader(data))
	check(l.t, err)
	defer reader.Close()
	for {
		e, err := reader.Next()
		if err == io.EOF {
			return lines
		}
		check(l.t, err)
		line := e.Path + " " + string(e.Kind)
		if e.Cloud != "" {
			line += " as " + e.Cloud
		}
		lines = append(lines, line)
	}
}

func (l *lab) mkdir(name string) {
	l.t.Helper()
	check(l.t, os.MkdirAll(filepath.Join(l.root, name), 0o755))
}

func newMetadataLab(t *testing.T) *lab {
	l := newLab(t)
	l.spec.Metadata = true
	return l
}

// The manifest holds what the rules select, in its order: links and special files, empty
// folders, names that the service has under others; and nothing else.
func TestManifestHoldsWhatIsSelected(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	rules, err := planner.NewRules([]planner.Rule{
		{Pattern: "*.tmp"}, {Pattern: "cache/"}, {Pattern: "!cache/keep/*.txt"}, {Pattern: "away/"}, {Pattern: "!away/x"},
	})
	check(t, err)
	l.spec.Roots[0].Rules, l.spec.RenameTwins = rules, true
	for _, folder := range []string{"cache/keep/deep", "cache/other", "away", "empty", "Twin", "twin", "Twinkle", "marked"} {
		l.mkdir(folder)
	}
	l.spec.ExcludeIfPresent = []string{"CACHEDIR.TAG"}
	for _, file := range []string{"a:b", "skip.tmp", "cache/x.txt", "cache/keep/y.txt", "Twin/1", "twin/2", "Twinkle/3", "File", "file", "marked/CACHEDIR.TAG"} {
		l.write(file, file)
	}
	check(t, os.Symlink("nowhere", filepath.Join(l.root, "link")))
	check(t, os.Symlink("nowhere", filepath.Join(l.root, "link.tmp")))
	check(t, unix.Mkfifo(filepath.Join(l.root, "empty/fifo"), 0o600))
	if o := l.run(); !o.Whole() || !o.ManifestStored {
		t.Fatalf("%+v", o)
	}
	twin := func(name string) string { // the suffix is the planner's
		for _, f := range l.cloud.Tree("/mybox/backup/job") {
			if first, _, _ := strings.Cut(f.Path, "/"); strings.HasPrefix(first, name+"~") {
				return first
			}
		}
		return "?"
	}
	want := []string{
		" folder", "File file as " + twin("File"), "a:b file as a：b", "file file as " + twin("file"), "link symlink",
		"Twin folder as " + twin("Twin"), "Twin/1 file as " + twin("Twin") + "/1", "Twinkle folder", "Twinkle/3 file",
		"cache folder", "cache/keep folder", "cache/keep/y.txt file",
		"empty folder", "empty/fifo fifo", "twin folder as " + twin("twin"), "twin/2 file as " + twin("twin") + "/2",
	}
	if diff := cmp.Diff(want, l.manifest()); diff != "" {
		t.Error(diff)
	}
}

// Roots come in the order of their names, and a link that is followed is what it leads to.
func TestManifestOfSeveralRoots(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	l.mkdir("one")
	l.mkdir("two")
	l.write("one/file", "1")
	l.write("two/file", "2")
	check(t, os.Symlink("../two", filepath.Join(l.root, "one/folder")))
	check(t, os.Symlink("../two/file", filepath.Join(l.root, "one/linked")))
	check(t, os.Symlink("/etc/passwd", filepath.Join(l.root, "one/outside")))
	check(t, os.Symlink("../two", filepath.Join(l.root, "one/once more")))
	rules := l.spec.Roots[0].Rules
	l.spec.FollowLinks = true
	l.spec.Roots = []planner.RootSpec{
		{Root: planner.Root{Path: filepath.Join(l.root, "two"), As: "z"}, Rules: rules},
		{Root: planner.Root{Path: filepath.Join(l.root, "one"), As: "b"}, Rules: rules},
	}
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	want := []string{
		"b folder", "b/file file", "b/linked file", "b/once more symlink", "b/outside symlink", "b/folder folder", "b/folder/file file",
		"z folder", "z/file file",
	}
	if diff := cmp.Diff(want, l.manifest()); diff != "" {
		t.Error(diff)
	}
}

// A run with nothing to do writes none; a changed mode alone does.
func TestManifestIsWrittenOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	l.write("a", "content")
	for i, want := range []bool{true, false, true, false} {
		if i == 2 {
			check(t, os.Chmod(filepath.Join(l.root, "a"), 0o600))
		}
		l.cloud.ResetRequests()
		o := l.run()
		if !o.Whole() || o.ManifestStored != want {
			t.Errorf("run %d: %+v", i, o)
		}
		sent := false
		for _, r := range l.cloud.Requests() {
			sent = sent || r.Route == "upload"
		}
		if sent != want {
			t.Errorf("run %d sent something: %v, want %v", i, sent, want)
		}
		if _, proof := l.last(); proof == nil {
			t.Errorf("run %d is no proof", i)
		}
	}
}

// A manifest that cannot be stored is said, is no proof, and holds pruning back. The files
// are there all the same.
func TestManifestThatCannotBeStored(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	l.write("stays", "content")
	l.write("goes", "content too")
	if o := l.run(); !o.Whole() {
		t.Fatalf("%+v", o)
	}
	check(t, os.Remove(filepath.Join(l.root, "goes")))
	l.write("new", "more")
	l.cloud.Inject(emulator.Fault{Route: "allocate", Path: ".jottarun", Status: 400, Times: 1})
	o := l.run()
	if o.Whole() || o.Err != nil || o.ManifestErr == nil || o.Pruning != nil || o.Summary.Uploaded != 1 {
		t.Errorf("%+v", o)
	}
	if record, _ := l.last(); record.Proof != nil {
		t.Error("the run counts as a proof")
	}
	if unhit := l.cloud.UnhitFaults(); len(unhit) > 0 {
		t.Errorf("not hit: %q", unhit)
	}
	if o := l.run(); !o.Whole() || !o.ManifestStored || o.Pruning == nil {
		t.Errorf("the next run: %+v", o)
	}
	l.cloudHolds(".jottarun/manifest.jsonl.zst", "new", "stays")
}

// Folders alone make a job with a manifest and nothing else, on a target that is not
// there yet.
func TestManifestOfFoldersAlone(t *testing.T) {
	t.Parallel()
	l := newMetadataLab(t)
	l.spec.Target = "/mybox/fresh/job"
	l.mkdir("empty")
	if o := l.run(); !o.Whole() || !o.ManifestStored {
		t.Fatalf("%+v", o)
	}
	if diff := cmp.Diff([]string{" folder", "empty folder"}, l.manifest()); diff != "" {
		t.Error(diff)
	}
}
