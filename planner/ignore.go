package planner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
)

// A folder may hold a file of patterns, written by whoever may write to the folder. They
// are read while the folder is scanned, and hold in it and below. What the file says must
// harm nobody: it is small, its patterns are few and quick to match, and where it cannot
// be understood nothing of its folder is backed up, because it may be private, nor pruned.

const (
	maxIgnoreFile    = 1 << 20
	maxIgnoreRules   = 1000 // that hold in a folder, from its own file and those above
	maxIgnorePattern = 1000 // bytes
)

// ignoreError says what is wrong with a file of patterns. It hides what it is made of: that
// the file has vanished is no reason to do without it.
type ignoreError struct {
	name  string
	cause string
}

func (e *ignoreError) Error() string { return e.cause }

// readIgnoreFile takes over the patterns of a folder, if it has any.
func (s *scan) readIgnoreFile(f *scanned, entries []localfs.Entry) (err error) {
	name := s.spec.IgnoreFile
	if name == "" || s.marker(entries) != "" || !slices.ContainsFunc(entries, func(e localfs.Entry) bool { return e.Name == name }) {
		return nil
	}
	f.rules, err = f.scope.rulesWith(f.folder, name)
	return err
}

// rulesWith returns the rules that hold in a folder: those of the scope, and then those
// of a file in the folder.
func (s scope) rulesWith(folder *localfs.Folder, name string) (*Rules, error) {
	text, err := readSmall(folder, name)
	if err != nil {
		return nil, &ignoreError{name, plainCause(err)}
	}
	rules := &Rules{rules: slices.Clip(s.rules.rules), ignored: s.rules.ignored}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r, err := newIgnoreRule(line, fmt.Sprintf("%s:%d", join(s.path, name), number))
		if err != nil {
			return nil, &ignoreError{name, fmt.Sprintf("line %d: %v", number, err)}
		}
		r.folder = distinct(s.pattern)
		rules.rules = append(rules.rules, r)
		if rules.ignored++; rules.ignored > maxIgnoreRules {
			return nil, &ignoreError{name, fmt.Sprintf("line %d: more than %d patterns hold here", number, maxIgnoreRules)}
		}
	}
	return rules, nil
}

// readSmall reads a regular file in a folder. Half of a file that is being written could
// leave out the pattern that matters.
func readSmall(folder *localfs.Folder, name string) (string, error) {
	file, err := folder.OpenFile(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, 0, maxIgnoreFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxIgnoreFile {
		return "", fmt.Errorf("larger than %d bytes", maxIgnoreFile)
	}
	after, err := file.Stat()
	if err != nil {
		return "", err
	}
	if how := file.Info().Difference(after); how != "" {
		return "", fmt.Errorf("changed while being read (%s)", how)
	}
	return string(bytes.TrimPrefix(text, []byte("\uFEFF"))), nil
}

// newIgnoreRule refuses patterns that take long to match, or that say something else than
// was meant.
func newIgnoreRule(pattern, source string) (rule, error) {
	path := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(pattern, "!"), "/"), "/")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return rule{}, fmt.Errorf("pattern %.100q can never match", pattern)
		}
	}
	switch r, err := newRule(Rule{Pattern: pattern, Source: source}); {
	case len(pattern) > maxIgnorePattern:
		return rule{}, fmt.Errorf("a pattern of more than %d bytes", maxIgnorePattern)
	case strings.Count(pattern, "{") > 1:
		// Each more would multiply the time that a hostile pattern takes.
		return rule{}, fmt.Errorf("pattern %.100q has more than one {…}", pattern)
	case err != nil:
		return rule{}, fmt.Errorf("pattern %.100q is no valid glob", pattern)
	default:
		return r, nil
	}
}

// unread plans a folder that could not be read: as a problem of its own or, where its
// file of patterns is to blame, of that one.
func (w *walk) unread(f *scanned) {
	path := f.path
	if bad, ok := errors.AsType[*ignoreError](f.err); ok {
		path = join(path, bad.name)
	}
	root := &w.plan.Roots[f.base]
	root.Unread = root.Unread || !errors.Is(f.err, fs.ErrNotExist)
	w.unreadable(RelPath(path), f.failed, f.err, 0)
}
