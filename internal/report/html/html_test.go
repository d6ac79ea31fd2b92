package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	htmlpage "github.com/jottarun/jottarun/internal/report/html"
)

func between(t *testing.T, text, begin, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, begin)
	inside, _, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("there is no %s…%s", begin, end)
	}
	return inside
}

// The page allows its own style and script by their digests, and nothing else: no other
// host, no handler or style in an attribute.
func TestPolicy(t *testing.T) {
	t.Parallel()
	text := string(write(t, planReport(100)))
	policy := html.UnescapeString(between(t, text, `http-equiv="Content-Security-Policy" content="`, `"`))
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		digest(between(t, text, "<style>", "</style>")), digest(between(t, text, "\n<script>", "</script>")))
	if policy != want {
		t.Errorf("the policy is %s, want %s", policy, want)
	}
	frame := strings.ReplaceAll(text, between(t, text, `id="data">`, "</script>"), "")
	frame = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(frame, `=""`)
	for _, forbidden := range []string{`(?i)<[^>]*\son[a-z]+=`, `(?i)<[^>]*\sstyle=`, `(?i)\ssrc=`, `(?i)https?://`, `(?i)@import`, `url\(`} {
		if found := regexp.MustCompile(forbidden).FindString(frame); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

// No name ends the element that it stands in, or becomes another one.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	text := string(write(t, planReport(10)))
	if n := strings.Count(text, "<script"); n != 2 {
		t.Errorf("there are %d scripts", n)
	}
	for _, bad := range []string{"<img", "<svg onload", "\x1b", "\u202e", "\u2028", "\xff", "<!--"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// The page says the problems before all else, with what to do.
func TestProblemsComeFirst(t *testing.T) {
	t.Parallel()
	text := string(write(t, runReport(50)))
	trouble, jobs := strings.Index(text, "What to do"), strings.Index(text, "<h2>Jobs")
	if trouble < 0 || trouble > jobs {
		t.Error("the problems do not come first")
	}
	section := between(t, text, `<section id="problems">`, "</section>")
	if n := strings.Count(section, "<article"); n != 1 || !strings.Contains(section, "3 names") {
		t.Errorf("three files that failed for the same reason are %d problems:\n%s", n, section)
	}
	if quiet := string(write(t, quietReport())); strings.Contains(quiet, "What to do") || strings.Contains(quiet, "<script>") {
		t.Error("where there is nothing to do the page says otherwise")
	}
}

// An area of the map stands for a folder of one job, though others have such a folder.
func TestAreasHaveAJob(t *testing.T) {
	t.Parallel()
	r := planReport(100)
	other := r.Jobs[0]
	other.Name = "mail"
	r.Jobs = append(r.Jobs, other)
	jobs := map[string]map[string]bool{}
	for _, area := range regexp.MustCompile(`<g data-path="([^"]*)" data-job="([^"]*)">`).FindAllStringSubmatch(string(write(t, r)), -1) {
		if jobs[area[1]] == nil {
			jobs[area[1]] = map[string]bool{}
		}
		jobs[area[1]][area[2]] = true
	}
	if len(jobs) < 2 {
		t.Fatalf("the map has the folders %v", jobs)
	}
	for folder, of := range jobs {
		if !of["0"] || !of["1"] || len(of) != 2 {
			t.Errorf("%q is of the jobs %v", folder, of)
		}
	}
}

// A page is told from other pages.
func TestIsPage(t *testing.T) {
	t.Parallel()
	text := write(t, quietReport())
	if !htmlpage.IsPage(bytes.NewReader(text)) {
		t.Error("a page is not taken for one")
	}
	for _, other := range []string{"", "<!doctype html>", "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Mine</title>", string(text[1:])} {
		if htmlpage.IsPage(strings.NewReader(other)) {
			t.Errorf("%.60q is taken for a page", other)
		}
	}
}

// A hundred thousand entries make a page that can be sent by mail, with a map that is
// no larger than that of a thousand.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	text := write(t, planReport(100_000))
	if len(text) > 12<<20 {
		t.Errorf("the page has %d bytes", len(text))
	}
	if n := strings.Count(string(text), "<rect"); n > 2*3100 {
		t.Errorf("%d areas are drawn", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	r := planReport(100_000)
	b.ReportAllocs()
	for b.Loop() {
		write(b, r)
	}
}
