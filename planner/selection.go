package planner

import (
	"slices"
	"strings"
)

// selection is what of a job's files is wanted: each of some patterns takes what it
// matches and all that is below; patterns with a "!" leave out of that what they match.
type selection struct{ wants []*want }

// want is one pattern.
type want struct {
	pattern string
	rules   *Rules   // nil where it is none
	paths   []string // that it spells, where it holds what patterns do: names may, too
	used    bool
}

func newSelection(patterns []string, spell spellings) *selection {
	var without []Rule
	for _, p := range patterns {
		if left, ok := strings.CutPrefix(p, "!"); ok {
			without = append(without, spell.rules(left, "")...)
		}
	}
	s := &selection{}
	for _, p := range patterns {
		if strings.HasPrefix(p, "!") {
			continue
		}
		w := &want{pattern: p}
		glob := strings.TrimPrefix(p, "./")
		if strings.ContainsAny(glob, `*?[]{}\`) {
			w.paths = spell.path(strings.Trim(glob, "/"))
		}
		rules := append([]Rule{{Pattern: "*"}}, spell.rules(glob, "!")...)
		w.rules, _ = NewRules(append(rules, without...))
		s.wants = append(s.wants, w)
	}
	if len(s.wants) == 0 && len(without) > 0 {
		rules, _ := NewRules(without)
		s.wants = []*want{{rules: rules, used: true}}
	}
	return s
}

// decide reports whether a path is wanted, given the verdicts on the folder that it is
// in, and returns those on itself.
func (s *selection) decide(path string, folder bool, above []Verdict) (verdicts []Verdict, wanted bool) {
	if len(s.wants) == 0 {
		return nil, true
	}
	verdicts = make([]Verdict, len(s.wants))
	for i, w := range s.wants {
		if above != nil {
			verdicts[i] = above[i]
		}
		matches := w.spells(path)
		if w.rules != nil {
			verdicts[i] = w.rules.Decide(path, folder, verdicts[i])
			matches = matches || !w.rules.Excluded(verdicts[i])
		}
		w.used = w.used || matches
		wanted = wanted || matches
	}
	return verdicts, wanted
}

// spells reports whether a path is the one that is spelled, or is below it.
func (w *want) spells(path string) bool {
	return slices.ContainsFunc(w.paths, func(spelled string) bool { return strings.HasPrefix(path+"/", spelled+"/") })
}

// unused returns the patterns that have matched nothing.
func (s *selection) unused() []string {
	var unused []string
	for _, w := range s.wants {
		if !w.used {
			unused = append(unused, w.pattern)
		}
	}
	return unused
}

// Wants returns whether a file at a path below the target is one that the patterns select,
// as BuildRestore reads them, or the manifest, which goes with all of them. It may be
// called by many goroutines.
func (s RestoreSpec) Wants() func(path string) bool {
	chosen := s.selection()
	return func(path string) bool {
		return len(chosen.wants) == 0 || path == ManifestFile || slices.ContainsFunc(chosen.wants, func(w *want) bool { return w.has(path) })
	}
}

func (s RestoreSpec) selection() *selection {
	spell := spellings{path: asWritten, pattern: asWritten}
	if s.RenamedTwins {
		spell = spellings{path: Spellings, pattern: patternSpellings}
	}
	return newSelection(s.Patterns, spell)
}

// spellings give those that a path stands for, and a pattern.
type spellings struct{ path, pattern func(string) []string }

func asWritten(text string) []string { return []string{text} }

func (s spellings) rules(pattern, mark string) []Rule {
	var rules []Rule
	for _, spelled := range s.pattern(pattern) {
		rules = append(rules, Rule{Pattern: mark + spelled})
	}
	return rules
}

// has reports whether a pattern selects a file, by itself or with a folder that it is in.
func (w *want) has(file string) bool {
	if w.spells(file) {
		return true
	}
	if w.rules == nil {
		return false
	}
	verdict := undecided
	for i := range len(file) {
		if file[i] == '/' {
			verdict = w.rules.Decide(file[:i], true, verdict)
		}
	}
	return !w.rules.Excluded(w.rules.Decide(file, false, verdict))
}
