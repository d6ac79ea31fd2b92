package faults

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc"
	"golang.org/x/sys/unix"
)

// A cloud that lists hostile names, and has content for each of them, and somebody who
// swaps a folder for a link that leads out, as fast as he can: a restore writes
// nothing outside of its folder, follows no link, and names what it does not bring back.
func TestHostileRestore(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile(", uploads: 8, retries: 1", "")
	text := ""
	for _, at := range [][2]string{
		{"", "../x"}, {"", "/etc/x"}, {"", "..／x"}, {"", "．．"}, {"", "a\u2400b"}, {"/../up", "x"}, {"/．．/up", "x"}, {"/folder/..", "x"},
		{"", "same"}, {"", "SAME"}, {"", "both"}, {"/both", "x"}, {"/link", "x"}, {"/link/deep", "x"}, {"", "filelink"}, {"", "fine"}, {"", "a&#10;c"}, {"", "a\u240ab"},
		{"", "."}, {"/.", "x"}, {"", ".jottarun-0123456789abcdef0123456789abcdef.part"}, {"/.jottarun", "x"},
	} {
		text += file("/backup/job"+at[0], at[1])
	}
	const moving = 40
	for i := range moving {
		text += file("/backup/job/folder", fmt.Sprint(i)) + file("/backup/job/folder/deep", fmt.Sprint(i))
	}
	l.door.with(hostileCloud(text))
	outside, dir := filepath.Join(l.dir, "outside"), filepath.Join(l.dir, "in", "back")
	check(t, os.MkdirAll(filepath.Join(outside, "deep"), 0o755))
	check(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	brought := 0
	for range times(4, 40) {
		check(t, os.RemoveAll(dir))
		check(t, os.MkdirAll(filepath.Join(dir, "folder", "deep"), 0o755))
		for link, to := range map[string]string{"link": outside, "swap": "../../outside", "filelink": filepath.Join(outside, "secret")} {
			check(t, os.Symlink(to, filepath.Join(dir, link)))
		}
		said := l.restoreSwapped(dir)
		for _, name := range []string{`"../x"`, `"/etc/x"`, `"link"`, `"filelink"`, `"SAME"`, `"same"`, `"both"`} {
			if !strings.Contains(said, "problem in job \"job\": "+name) {
				t.Errorf("%s is not named:\n%s", name, said)
			}
		}
		for _, name := range []string{"fine", "a\nb"} {
			if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(content) != "content" {
				t.Errorf("%q: %q, %v", name, content, err)
			}
		}
		brought += strings.Count(said, "brought back")
		l.nothingOutside(outside, dir)
		if t.Failed() {
			return
		}
	}
	t.Logf("figures: %d files brought back in spite of the swapper, none outside", brought)
}

// restoreSwapped restores while somebody swaps a folder for a link.
func (l *lab) restoreSwapped(dir string) (said string) {
	l.t.Helper()
	var stop atomic.Bool
	var swapper conc.WaitGroup
	swapper.Go(func() {
		a, b := filepath.Join(dir, "folder"), filepath.Join(dir, "swap")
		for !stop.Load() {
			_ = unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE) // it is not there for a moment
		}
	})
	defer swapper.Wait()
	defer stop.Store(true)
	code, said := l.exec("restore", "job", "--to", dir)
	// The link may be in the folder's place when the restore looks for it in the end.
	if code != 3 && (code != 1 || !strings.Contains(said, `find again the folder "folder`)) {
		l.t.Errorf("it ended with %d:\n%s", code, said)
	}
	return said
}

// nothingOutside looks at what is beside the folder of a restore.
func (l *lab) nothingOutside(outside, dir string) {
	l.t.Helper()
	for folder, want := range map[string]string{
		outside: "deep secret", filepath.Join(outside, "deep"): "", filepath.Dir(dir): "back", l.dir: "cloud in jobs.yaml outside root",
	} {
		entries, err := os.ReadDir(folder)
		check(l.t, err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if got := strings.Join(names, " "); got != want {
			l.t.Errorf("%s holds %q, want %q", folder, got, want)
		}
	}
	if content, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(content) != "secret" {
		l.t.Errorf("the secret is %q, %v", content, err)
	}
}

// hostileCloud lists some files, and has "content" for every path.
func hostileCloud(text string) tampering {
	const sum = "9a0364b9e99bb480dd25e1f0284c8555" // of "content"
	files, folders := strings.Count(text, "<file>"), map[string]bool{"/backup/job": true}
	for part := range strings.SplitSeq(text, "<file><path>") {
		if path, _, ok := strings.Cut(part, "</path>"); ok {
			folders[path] = true
		}
	}
	listing := listingOf(fmt.Appendf(nil, "<files><folder><path>/backup/job</path></folder>%s<stats><folders>%d</folders><files>%d</files></stats></files>",
		strings.ReplaceAll(text, "SUM", sum), len(folders), files))
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if r.URL.Query().Get("mode") == "bin" {
			_, _ = w.Write([]byte("content"))
			return
		}
		listing(w, r, cloud)
	}
}
