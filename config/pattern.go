package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"gopkg.in/yaml.v3"
)

// Pattern is one exclude rule as it was written, "!" in front included. It is
// known to be valid.
type Pattern struct {
	Text string
	// Source is where it was written: "jobs.yaml:14:5" or "excludes.txt:3".
	Source string
}

func (d *decoder) patterns(n *yaml.Node) []Pattern {
	var patterns []Pattern
	d.list(n, func(item *yaml.Node) {
		text, ok := d.text(item)
		if !ok {
			return
		}
		if err := CheckPattern(text); err != nil {
			d.fail(item, "pattern %q %v", text, err)
			return
		}
		patterns = append(patterns, Pattern{Text: text, Source: d.position(item)})
	})
	return patterns
}

// CheckPattern says why a pattern is none that a job may have, or nil.
func CheckPattern(text string) error {
	glob := strings.TrimPrefix(text, "!")
	path := strings.TrimSuffix(strings.TrimPrefix(glob, "/"), "/")
	switch {
	case path == "":
		return errors.New("matches nothing: a name or a path is missing")
	case strings.ContainsRune(glob, 0):
		return errors.New("holds a NUL, which no name can")
	case !doublestar.ValidatePattern(glob):
		return errors.New("is no valid glob: a [ or { is not closed, or a \\ ends it")
	}
	for _, segment := range strings.Split(path, "/") {
		switch segment {
		case "":
			return errors.New("can never match: it has two slashes in a row")
		case ".", "..":
			return fmt.Errorf("can never match: it has %q in it", segment)
		}
	}
	return nil
}

// patternFile reads exclude_from: a pattern a line, blank lines and lines that
// start with # left out.
func (d *decoder) patternFile(n *yaml.Node) []Pattern {
	path, ok := d.path(n)
	if !ok {
		return nil
	}
	text, err := readFile(path)
	if err != nil {
		d.fail(n, "pattern file %q %s", d.displayName(path), reason(err))
		d.errs[len(d.errs)-1].cause = err
		return nil
	}
	src := &source{name: d.displayName(path), lines: strings.Split(text, "\n")}
	for i, line := range src.lines {
		src.lines[i] = strings.TrimSuffix(line, "\r")
	}
	if err := src.badCharacter(); err != nil {
		d.errs = append(d.errs, err)
		return nil
	}
	return d.patternLines(src)
}

// displayName shows a path as the jobs file is shown: below the same folder.
func (d *decoder) displayName(path string) string {
	if rel, err := filepath.Rel(d.folder, path); err == nil && filepath.IsLocal(rel) {
		return filepath.Join(filepath.Dir(d.src.name), rel)
	}
	return path
}

func (d *decoder) patternLines(src *source) []Pattern {
	var patterns []Pattern
	for i, line := range src.lines {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := CheckPattern(line); err != nil {
			d.errs = append(d.errs, src.errorAt(i+1, 1, fmt.Sprintf("pattern %q %v", line, err)))
			continue
		}
		patterns = append(patterns, Pattern{Text: line, Source: fmt.Sprintf("%s:%d", src.name, i+1)})
	}
	return patterns
}

// fileNames reads exclude_if_present.
func (d *decoder) fileNames(n *yaml.Node) []string {
	var names []string
	d.list(n, func(item *yaml.Node) {
		if name := d.fileName(item); name != "" {
			names = append(names, name)
		}
	})
	return names
}

// fileName returns "" after an error.
func (d *decoder) fileName(n *yaml.Node) string {
	name, ok := d.text(n)
	switch {
	case !ok:
	case name == "." || name == ".." || strings.ContainsAny(name, "/\x00"):
		d.fail(n, "%q is to be the plain name of a file, not %q", d.key, name)
	case strings.ContainsAny(name, `*?[]{}\`):
		d.fail(n, "%q takes plain names, no patterns like %q", d.key, name)
	default:
		return name
	}
	return ""
}
