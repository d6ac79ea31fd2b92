//go:build linux || darwin || freebsd

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A restore that is killed at a random moment leaves no file that is not whole under its
// name, and the next one ends what it began, without asking again for what has come.
func TestKilledRestores(t *testing.T) {
	t.Parallel()
	goal := times(3, 50)
	big := times(8<<20, 64<<20)
	l := newLab(t)
	l.jobsFile(", uploads: 4", "")
	l.fill(times(60, 300), 1)
	l.write("big", bytesOf(1, big))
	l.mustExec(0, "", "run", "-q")
	within, kills, resumed := 0, 0, int64(0)
	for _, seed := range seeds(t, goal, 3*goal) {
		if within == goal {
			break
		}
		dir := filepath.Join(l.dir, fmt.Sprint("back ", seed))
		l.door.with(slowDownloads(int64(big) * 3 / 2))
		p := l.start(l.command("restore", "job", "--to", dir))
		pause(time.Duration(dice(seed).Int64N(int64(900 * time.Millisecond))))
		busy := l.inFlight()
		check(t, p.Process.Kill())
		killed := l.wait(p) == -1
		l.settle()
		l.door.calm()
		if !killed {
			continue
		}
		kills++
		if busy > 0 {
			within++
		}
		resumed += l.wholeOrNot(dir)
		l.server.ResetRequests()
		l.mustExec(0, "all ", "restore", "job", "--to", dir)
		l.mustEqual(dir)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		check(t, os.RemoveAll(dir))
	}
	if soaking() && within < goal {
		t.Errorf("%d kills fell inside a request, want %d", within, goal)
	}
	t.Logf("figures: %d kills of a restore, %d of them inside a request; %d bytes were not asked for again", kills, within, resumed)
}

// slowDownloads lets a second go by for so many bytes of a download.
func slowDownloads(rate int64) tampering {
	return func(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
		if r.URL.Query().Get("mode") == "bin" {
			w = slowWriter{w, rate}
		}
		cloud.ServeHTTP(w, r)
	}
}

type slowWriter struct {
	http.ResponseWriter
	rate int64
}

func (s slowWriter) Write(p []byte) (written int, err error) {
	const piece = 64 << 10
	for len(p) > 0 && err == nil {
		n := 0
		n, err = s.ResponseWriter.Write(p[:min(len(p), piece)])
		pause(time.Duration(int64(n) * int64(time.Second) / s.rate))
		written, p = written+n, p[n:]
	}
	return written, err
}

// wholeOrNot checks what a killed restore has left: a file under its own name is whole.
// It returns how much the drafts hold.
func (l *lab) wholeOrNot(dir string) (drafts int64) {
	l.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".jottarun-") {
			drafts += info.Size()
			return nil
		}
		want, err := os.ReadFile(l.path(rel))
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			l.t.Errorf("%q has its name and is not whole: %d of %d bytes, %v", rel, len(got), len(want), err)
		}
		return nil
	})
	check(l.t, err)
	return drafts
}

// mustEqual compares the lab's folder with a restored one by diff(1), and by their times.
func (l *lab) mustEqual(dir string) {
	l.t.Helper()
	if out, err := exec.Command("diff", "-r", l.root, dir).CombinedOutput(); err != nil {
		l.t.Errorf("diff: %v\n%.2000s", err, out)
	}
	times := func(root string) map[string]int64 {
		found := map[string]int64{}
		check(l.t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			info, err := entry.Info()
			rel, _ := filepath.Rel(root, path)
			found[rel] = info.ModTime().Unix()
			return err
		}))
		return found
	}
	if diff := cmp.Diff(times(l.root), times(dir)); diff != "" {
		l.t.Errorf("times (-original +restored):\n%.2000s", diff)
	}
}

// What is backed up of the standard library's sources, and of odd names, comes back as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.jobsFile(", uploads: 8", "")
	out, err := exec.Command("go", "env", "GOROOT").Output()
	check(t, err)
	sources := filepath.Join(strings.TrimSpace(string(out)), "src")
	if !soaking() {
		sources = filepath.Join(sources, "net")
	}
	check(t, os.RemoveAll(l.root))
	check(t, os.CopyFS(l.root, os.DirFS(sources)))
	for i, name := range []string{
		"-rf", " lead", "trail ", "trail.", "...", "new\nline", "tab\t", "\x01", "\x1b[2J", "\x7f", "bad\xff", "bad\xfe", "a:b", "a：b",
		"‛", "a+b", "a#b", "100%", "a%2Fb", `a\b`, "{{.Job}}", "CON", "*.go", "[a]", "é", "e\u0301", "\u202e", strings.Repeat("é", 127),
	} {
		folder := filepath.Join(l.root, "odd", name)
		check(t, os.MkdirAll(folder, 0o755))
		check(t, os.WriteFile(filepath.Join(folder, name), fmt.Appendf(nil, "content %d", i), 0o644))
	}
	l.mustExec(0, "", "run", "-q")
	dir := filepath.Join(l.dir, "back")
	l.mustExec(0, "", "restore", "job", "--to", dir, "-q")
	l.mustEqual(dir)
	l.mustExec(0, "Nothing to do", "restore", "job", "--to", dir)
}
