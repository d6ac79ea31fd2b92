package config

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzLoad checks that no text brings the parser down, and that every mistake
// points into the file.
func FuzzLoad(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		errs := decodeText(text)
		src := newSource("jobs.yaml", text)
		for _, e := range errs {
			if e.File != "jobs.yaml" {
				continue // a pattern file, which is not there
			}
			if e.Line < 1 || e.Line > len(src.lines) {
				t.Fatalf("line %d of %d: %v", e.Line, len(src.lines), e)
			}
			if line := src.lines[e.Line-1]; e.Column < 1 || e.Column > utf8.RuneCountInString(line)+1 {
				t.Fatalf("column %d in %q: %v", e.Column, line, e)
			}
			if lines := strings.Split(e.Detail(), "\n"); e.SourceLine != "" && !strings.HasSuffix(lines[len(lines)-1], "^") {
				t.Fatalf("no caret:\n%s", e.Detail())
			}
		}
	})
}

func decodeText(text string) Errors {
	src, root, errs := parse("jobs.yaml", text)
	if len(errs) > 0 {
		return errs
	}
	d := newDecoder(src, "/nowhere", Env{Home: "/home/me", Hostname: "spec"})
	c := merge([]*part{newPart(d, root)})
	if len(d.errs) == 0 && len(c.Jobs) == 0 {
		panic("a file without jobs was accepted")
	}
	return d.errs.sorted("jobs.yaml")
}

func seeds(f *testing.F) []string {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	var texts []string
	for _, path := range paths {
		parsed, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, string(parsed.Files[0].Data))
	}
	return texts
}
