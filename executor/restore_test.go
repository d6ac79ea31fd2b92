package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
	"github.com/jottarun/jottarun/planner"
)

// restorePlan plans to bring everything back into dir.
func (l *lab) restorePlan(dir string, overwrite bool) *planner.Plan {
	l.t.Helper()
	plan, err := planner.BuildRestore(l.t.Context(), planner.RestoreSpec{
		Job: "job", Target: target, Roots: []planner.Root{{Path: dir}}, Overwrite: overwrite,
	}, l.client, checksum.New(2))
	if err != nil || plan.Check() != nil {
		l.t.Fatal(err, plan)
	}
	return plan
}

// restorePlanned carries a restore out, and checks what holds for every one.
func restorePlanned(ctx context.Context, t *testing.T, plan *planner.Plan, cloud Downloader) (*Summary, *witness, error) {
	t.Helper()
	w := &witness{t: t, last: map[*planner.Action]Event{}, sent: map[*planner.Action]int64{}}
	summary, err := Restore(ctx, plan, cloud, Options{Slots: NewSlots(4), Observe: w.observe, Grace: time.Minute})
	if w.finished != summary || summary == nil {
		t.Fatalf("finished with %v, returned %v", w.finished, summary)
	}
	if s := summary; s.Fetched+s.Overwritten+s.Folders+s.Skipped+s.Failed != s.Pending {
		t.Errorf("the summary does not add up: %+v", s)
	}
	for action, e := range w.last {
		if e.Type == Done && w.sent[action] != e.Bytes {
			t.Errorf("%q is done with %d bytes, of which %d have come", action.Path, e.Bytes, w.sent[action])
		}
	}
	return summary, w, err
}

// tree is what a folder holds, links and folders without files among it.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case entry.Type().IsRegular():
			content, err := os.ReadFile(path)
			found[rel] = string(content)
			return err
		case entry.IsDir():
			found[rel+"/"] = ""
		default:
			found[rel] = entry.Type().String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func mustBe(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("what is there (-want +got):\n%s", diff)
	}
}

func TestRestoreBringsBack(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	want := map[string]string{"docs/": "", "docs/deep/": "", "empty": ""}
	for i := range 40 {
		want[fmt.Sprintf("docs/deep/%d", i)] = fmt.Sprint("content ", i)
	}
	for name, content := range want {
		if !strings.HasSuffix(name, "/") {
			l.write(name, content)
		}
	}
	old := time.Unix(1_500_000_000, 0)
	if err := os.Chtimes(l.path("docs/deep/7"), old, old); err != nil {
		t.Fatal(err)
	}
	l.mustApply()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	summary, w, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), l.client)
	if err != nil || summary.Fetched != 41 || summary.NotRestored() != 0 {
		t.Fatalf("%v, %+v, %v", err, summary, w.reasons())
	}
	mustBe(t, dir, want)
	info, err := os.Stat(filepath.Join(dir, "docs/deep/7"))
	if err != nil || !info.ModTime().Equal(old) || info.Mode() != 0o644 {
		t.Errorf("%v, %v, %v", err, info.ModTime(), info.Mode())
	}
	if plan := l.restorePlan(dir, false); plan.Restorable() || plan.Counts.Unchanged != 41 {
		t.Errorf("there is more to restore: %+v", plan.Counts)
	}
}

// What a killed restore has left of a file is gone on with; what is no part of it is
// not.
func TestRestoreGoesOn(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 1000)
	for name, c := range map[string]struct {
		left  string
		asked []string
	}{
		"a part":         {content[:4000], []string{"bytes=4000-9999"}},
		"all":            {content, nil},
		"nothing":        {"", []string{""}},
		"other bytes":    {strings.Repeat("x", 4000), []string{"bytes=4000-9999", ""}},
		"all, but other": {strings.Repeat("x", len(content)), []string{""}},
		"too much":       {content + "more", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, dir := newLab(t), t.TempDir()
			l.write("file", content)
			l.mustApply()
			draft := l.restorePlan(dir, false).Actions[0].DraftName()
			if err := os.WriteFile(filepath.Join(dir, draft), []byte(c.left), 0o600); err != nil {
				t.Fatal(err)
			}
			l.server.ResetRequests()
			summary, w, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), l.client)
			if err != nil || summary.Fetched != 1 {
				t.Fatalf("%v, %+v, %v", err, summary, w.reasons())
			}
			mustBe(t, dir, map[string]string{"file": content})
			var asked []string
			for _, r := range l.server.Requests() {
				if r.Route == "download" {
					asked = append(asked, r.Range)
				}
			}
			if diff := cmp.Diff(c.asked, asked); diff != "" {
				t.Errorf("ranges (-want +got):\n%s", diff)
			}
		})
	}
}

// Bytes that are not those of the MD5 never get the file's name, and stop no other file.
func TestRestoreOfDamagedContent(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	l.write("damaged", "some content")
	l.write("fine", "other content")
	l.mustApply()
	l.server.Inject(emulator.Fault{Route: "download", Path: "damaged", FlipAnswer: 3})
	summary, w, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), l.client)
	if err != nil || summary.Failed != 1 || summary.Fetched != 1 {
		t.Errorf("%v, %+v", err, summary)
	}
	w.mustSay("damaged", Failed, "the cloud's bytes are not those of its MD5")
	mustBe(t, dir, map[string]string{"fine": "other content"})
}

// What has come to be here since the restore was planned stays as it is.
func TestRestoreReplacesNothingUnplanned(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	for _, name := range []string{"appears", "folder", "link", "changes", "vanishes", "linked", "below/x", "fine"} {
		l.write(name, "content of "+name)
	}
	l.mustApply()
	put := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"changes", "vanishes", "linked", "fine"} {
		put(name, "old")
	}
	plan := l.restorePlan(dir, true)
	put("appears", "mine")
	put("changes", "older")
	err := errors.Join(
		os.Mkdir(filepath.Join(dir, "folder"), 0o755), os.Symlink("appears", filepath.Join(dir, "link")),
		os.Remove(filepath.Join(dir, "vanishes")), os.Remove(filepath.Join(dir, "linked")),
		os.Symlink("appears", filepath.Join(dir, "linked")), os.Symlink("folder", filepath.Join(dir, "below")))
	if err != nil {
		t.Fatal(err)
	}
	summary, w, err := restorePlanned(t.Context(), t, plan, l.client)
	if err != nil || summary.Overwritten != 2 || summary.NotRestored() != 6 {
		t.Errorf("%v, %+v", err, summary)
	}
	for _, name := range []string{"appears", "folder", "link", "changes", "linked"} {
		w.mustSay(name, Skipped, "something else has its name")
	}
	w.mustSay("below/x", Failed, "not a folder")
	mustBe(t, dir, map[string]string{
		"appears": "mine", "folder/": "", "link": "L---------", "changes": "older", "linked": "L---------",
		"below": "L---------", "vanishes": "content of vanishes", "fine": "content of fine",
	})
}

// A file that is no longer in the cloud as it was listed is named, and stops no other.
func TestRestoreOfWhatHasChanged(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	for _, name := range []string{"gone", "other", "fine"} {
		l.write(name, "content")
	}
	l.mustApply()
	plan := l.restorePlan(dir, false)
	l.write("other", "OTHER CONTENT")
	l.mustApply()
	if err := l.client.Purge(t.Context(), target.Join("gone")); err != nil {
		t.Fatal(err)
	}
	summary, w, err := restorePlanned(t.Context(), t, plan, l.client)
	if err != nil || summary.Failed != 2 || summary.Fetched != 1 {
		t.Errorf("%v, %+v", err, summary)
	}
	w.mustSay("gone", Failed, "")
	w.mustSay("other", Failed, "")
	mustBe(t, dir, map[string]string{"fine": "content"})
}

// downloadFunc is a Downloader by one function.
type downloadFunc func(context.Context, jotta.Download) (int64, error)

func (f downloadFunc) Download(ctx context.Context, d jotta.Download) (int64, error) {
	return f(ctx, d)
}

// A full disk stops the restore as a whole; what there was room for is kept, to be gone on
// with.
func TestRestoreOnAFullDisk(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	for i := range 30 {
		l.write(fmt.Sprint(i), fmt.Sprint("content ", i))
	}
	l.mustApply()
	full := downloadFunc(func(_ context.Context, d jotta.Download) (int64, error) {
		n, _ := io.WriteString(d.To, "con")
		d.Progress(int64(n))
		return int64(n), fmt.Errorf("write content: %w", syscall.ENOSPC)
	})
	summary, _, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), full)
	if !errors.Is(err, syscall.ENOSPC) || summary.NotTried < 20 || summary.Fetched != 0 {
		t.Errorf("%v, %+v", err, summary)
	}
	for name, content := range tree(t, dir) {
		if !strings.HasPrefix(name, ".jottarun-") || content != "con" {
			t.Errorf("%q holds %q", name, content)
		}
	}
	summary, _, err = restorePlanned(t.Context(), t, l.restorePlan(dir, false), l.client)
	if err != nil || summary.Fetched != 30 || len(tree(t, dir)) != 30 {
		t.Errorf("with room: %v, %+v", err, summary)
	}
}

// When the context ends, nothing new is begun; the next restore goes on.
func TestRestoreIsStopped(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	for i := range 30 {
		l.write(fmt.Sprint(i), fmt.Sprint("content ", i))
	}
	l.mustApply()
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	var once sync.Once
	cloud := downloadFunc(func(ctx context.Context, d jotta.Download) (int64, error) {
		once.Do(func() { stop(stopped) })
		return l.client.Download(ctx, d)
	})
	summary, w, err := restorePlanned(ctx, t, l.restorePlan(dir, false), cloud)
	if !errors.Is(err, stopped) || summary.NotTried < 20 || summary.Fetched == 0 || summary.Failed > 0 {
		t.Errorf("%v, %+v, %v", err, summary, w.reasons())
	}
	if _, _, err := restorePlanned(t.Context(), t, l.restorePlan(dir, false), l.client); err != nil || len(tree(t, dir)) != 30 {
		t.Errorf("afterwards: %v, %v", err, tree(t, dir))
	}
}

// Two restores do not write into one folder at a time, and what is of no use there is
// removed.
func TestRestoreLocksAndSweeps(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	l.write("a", "content")
	l.write("sub/b", "content")
	l.mustApply()
	leftover := ".jottarun-00000000000000000000000000000000.part"
	for _, folder := range []string{"", "sub"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, folder), 0o755),
			os.WriteFile(filepath.Join(dir, folder, leftover), []byte("left"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	plan, second := l.restorePlan(dir, false), l.restorePlan(dir, false)
	cloud := downloadFunc(func(ctx context.Context, d jotta.Download) (int64, error) {
		if _, err := Restore(ctx, second, l.client, Options{Slots: NewSlots(1)}); err == nil || !strings.Contains(err.Error(), "another restore") {
			t.Errorf("a second restore: %v", err)
		}
		return l.client.Download(ctx, d)
	})
	if _, _, err := restorePlanned(t.Context(), t, plan, cloud); err != nil {
		t.Error(err)
	}
	mustBe(t, dir, map[string]string{"a": "content", "sub/": "", "sub/b": "content"})
}

// A refused plan is not carried out.
func TestRestoreRefused(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), filepath.Join(t.TempDir(), "new")
	l.write("a", "content")
	l.mustApply()
	plan := l.restorePlan(dir, false)
	plan.Refusals = []planner.Refusal{{Root: dir, Reason: "is full"}}
	summary, _, err := restorePlanned(t.Context(), t, plan, l.client)
	if !errors.Is(err, planner.ErrRefused) || summary.NotTried != 1 {
		t.Errorf("%v, %+v", err, summary)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

// Several roots come back each to its own place, and an empty folder as it is.
func TestRestoreInPlace(t *testing.T) {
	t.Parallel()
	l, dir := newLab(t), t.TempDir()
	l.write("etc/hosts", "hosts")
	l.write("local-etc/x/y", "y")
	l.mustApply()
	roots := []planner.Root{{Path: filepath.Join(dir, "one"), As: "etc"}, {Path: filepath.Join(dir, "two"), As: "local-etc"}}
	plan, err := planner.BuildRestore(t.Context(), planner.RestoreSpec{Job: "job", Target: target, Roots: roots, Sources: roots, InPlace: true}, l.client, checksum.New(1))
	if err != nil {
		t.Fatal(err)
	}
	plan.Actions = append(plan.Actions, planner.Action{Kind: planner.FetchedFolder, Path: "etc/empty/deep"})
	if summary, _, err := restorePlanned(t.Context(), t, plan, l.client); err != nil || summary.Fetched != 2 || summary.Folders != 1 {
		t.Errorf("%v, %+v", err, summary)
	}
	mustBe(t, dir, map[string]string{
		"one/": "", "one/hosts": "hosts", "one/empty/": "", "one/empty/deep/": "", "two/": "", "two/x/": "", "two/x/y": "y",
	})
}
