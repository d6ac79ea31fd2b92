// Package html writes what a plan or a run is about as one page: self-contained, to be
// opened from a disk, sent by mail or kept.
//
// The page asks nobody for anything: a policy in it allows its own style and its own
// script, by their digests, and nothing else. Names of files reach it as data, which the
// script shows as text.
package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
)

var (
	//go:embed page.html
	pageText string
	//go:embed style.css
	styleText string
	//go:embed script.js
	scriptText string
)

// Report is what a page is about.
type Report struct {
	Run     bool // of a run; else of a plan, of which nothing has been applied
	Verdict string
	Good    bool // the verdict is a good one
	Made    time.Time
	Program string
	Jobs    []Job
}

// Job is what came of one job.
type Job struct {
	Name    string
	Target  string
	Outcome backup.Outcome
	History []state.Record // the oldest first
}

// Write writes the page.
func Write(w io.Writer, r Report) error {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(w, newPage(r))
}

// IsPage reports whether what is read is a page that Write has written.
func IsPage(from io.Reader) bool {
	begin, _, _ := strings.Cut(pageText, "{{")
	got := make([]byte, len(begin))
	_, err := io.ReadFull(from, got)
	return err == nil && string(got) == begin
}

// page is what the template shows.
type page struct {
	Title   string
	Policy  string
	Style   template.CSS
	Script  template.JS
	Verdict string
	Mood    string // "good", "pending" or "bad"
	Made    string
	Program string
	Jobs    []jobCard
	Trouble []trouble
	Maps    []drawing
	Drawn   string // what the map is of
	Legend  []legend
	Rows    int
	Data    *data
}

// legend is a kind of entry, with how many there are.
type legend struct {
	Kind, Title, Count string
}

func newPage(r Report) page {
	p := page{
		Title: "Backup plan", Policy: policy(), Style: template.CSS(styleText), Script: template.JS(scriptText),
		Verdict: r.Verdict, Mood: mood(r), Made: r.Made.Local().Format("2 January 2006, 15:04:05 MST"), Program: r.Program,
		Data: newData(r),
	}
	if r.Run {
		p.Title = "Backup run"
	}
	for _, job := range r.Jobs {
		p.Jobs = append(p.Jobs, newJobCard(r, job))
	}
	p.Trouble = troubles(r)
	p.Rows = len(p.Data.Rows)
	tree := newTree(p.Data)
	if tree.weight > 0 {
		p.Maps = []drawing{drawMap(tree, 1000, 380, "wide"), drawMap(tree, 360, 420, "narrow")}
		p.Drawn = drawn(tree)
	}
	for i, kind := range kinds {
		if n := p.Data.count(i); n > 0 {
			p.Legend = append(p.Legend, legend{kind.name, kind.title(r.Run), report.Number(n)})
		}
	}
	return p
}

func mood(r Report) string {
	pending := false
	for _, job := range r.Jobs {
		pending = pending || job.Outcome.Plan != nil && job.Outcome.Plan.Pending()
	}
	switch {
	case !r.Good:
		return "bad"
	case pending && !r.Run:
		return "pending"
	}
	return "good"
}

// policy allows the page its own style and script, and nothing else.
func policy() string {
	return "default-src 'none'; style-src '" + digest(styleText) + "'; script-src '" + digest(scriptText) +
		"'; base-uri 'none'; form-action 'none'"
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func bytesOf(n int64) string { return report.Size(n) }
