package html_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/report/html"
)

// browser is a Chromium without a window.
type browser struct {
	t    *testing.T
	path string
}

func findBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long to start")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return &browser{t, path}
		}
	}
	t.Skip("there is no chromium here: what the page looks like, and its script, are not tested")
	return nil
}

// run opens a page, by its file and what comes behind it in the address.
func (b *browser) run(page, fragment string, args ...string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, b.path, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir=" + b.t.TempDir(),
	}, append(args, "file://"+page+fragment)...)...)
	var out, errOut bytes.Buffer
	command.Stdout, command.Stderr = &out, &errOut
	if err := command.Run(); err != nil {
		b.t.Fatalf("chromium: %v\n%s", err, errOut.String())
	}
	for line := range strings.Lines(errOut.String()) {
		if strings.Contains(line, "CONSOLE") {
			b.t.Errorf("the page complains: %s", line)
		}
	}
	return out.String()
}

func (b *browser) dom(page, fragment string) string { return b.run(page, fragment, "--dump-dom") }

func save(t *testing.T, name string, r html.Report) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, write(t, r), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The page shows what it is about, finds what is searched for, and takes no name for
// more than text.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	b := findBrowser(t)
	page := save(t, "plan.html", planReport(1000))
	for fragment, want := range map[string][]string{
		"#q=foo.txt&kind=problem": {"2 of 1,016 entries", "NOT PROTECTED: 3 of", "collisions: rename", ">Foo.txt<", ">foo.txt<"},
		"#q=onerror":              {"1 of 1,016 entries", "&lt;img src=x onerror=alert(1)&gt;.jpg"},
		"#q=%3C%2Fscript":         {"1 of 1,016 entries", `script&gt;&lt;script&gt;document.title="harm"&lt;/`},
	} {
		dom := b.dom(page, fragment)
		for _, text := range want {
			if !strings.Contains(dom, text) {
				t.Errorf("%q lacks %q", fragment, text)
			}
		}
		if strings.Contains(dom, "<title>harm") || strings.Contains(dom, "<img") {
			t.Errorf("%q: a name has come to life", fragment)
		}
	}
}

// Of a hundred thousand entries only those in sight exist in the page.
func TestManyEntriesInABrowser(t *testing.T) {
	t.Parallel()
	b := findBrowser(t)
	page := save(t, "plan.html", planReport(100_000))
	dom := b.dom(page, "#sort=size")
	if n := strings.Count(dom, `class="row"`); n == 0 || n > 200 {
		t.Errorf("%d rows exist", n)
	}
	if !strings.Contains(dom, "100,016 of 100,016 entries") {
		t.Error("it does not say how many entries there are")
	}
	if n := strings.Count(dom, "<rect"); n > 2*3200 {
		t.Errorf("%d rectangles are drawn", n)
	}
}

// TestScreenshots leaves pictures to be looked at, where JOTTARUN_SCREENSHOTS names a
// folder for them.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("JOTTARUN_SCREENSHOTS")
	if folder == "" {
		t.Skip("JOTTARUN_SCREENSHOTS names no folder for the pictures")
	}
	b := findBrowser(t)
	for name, r := range map[string]html.Report{
		"quiet": quietReport(), "plan-10": planReport(10), "plan-1000": planReport(1000), "plan-100000": planReport(100_000),
		"run-10": runReport(10), "run-1000": runReport(1000), "run-100000": runReport(100_000),
	} {
		page := save(t, name+".html", r)
		for view, args := range map[string][]string{
			"desktop": {"--window-size=1200,1900"}, "phone": {"--window-size=390,2600"},
			"dark": {"--window-size=1200,1900", "--force-dark-mode", "--blink-settings=preferredColorScheme=0"},
		} {
			picture := filepath.Join(folder, fmt.Sprintf("%s-%s.png", name, view))
			b.run(page, "", append(args, "--hide-scrollbars", "--screenshot="+picture)...)
		}
	}
}
