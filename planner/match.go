package planner

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// Rule is one exclude pattern and the place it was written, for people.
type Rule struct {
	Pattern string
	Source  string
}

// Rules decide which paths below a root are left out. The last rule that matches
// a path, or a folder above it, wins: a plain one excludes, one that starts with
// "!" takes back in.
type Rules struct {
	rules   []rule
	ignored int // of the rules: those that stand in files of the trees
}

// Verdict is the rule that decides on a path: its place in the rules, from 1, or
// undecided.
type Verdict int

const undecided Verdict = 0

type rule struct {
	Rule
	include     bool
	anchored    bool // matched against the whole path, not only the name
	foldersOnly bool
	glob        string
	fileGlob    string
	segments    []string // of the glob; nil where it cannot be cut at slashes
	folder      string   // that the pattern counts from, and in which alone it holds
}

// NewRules checks the patterns and prepares them for matching.
func NewRules(patterns []Rule) (*Rules, error) {
	rules := &Rules{}
	for _, p := range patterns {
		r, err := newRule(p)
		if err != nil {
			return nil, err
		}
		rules.rules = append(rules.rules, r)
	}
	return rules, nil
}

func newRule(p Rule) (rule, error) {
	r := rule{Rule: p}
	glob, include := strings.CutPrefix(p.Pattern, "!")
	r.include = include
	glob, r.foldersOnly = strings.CutSuffix(distinct(glob), "/")
	r.anchored = strings.Contains(glob, "/")
	glob = strings.TrimPrefix(glob, "/")
	if glob == "" || !doublestar.ValidatePattern(glob) {
		return rule{}, fmt.Errorf("%s: bad pattern %q", p.Source, p.Pattern)
	}
	r.glob, r.fileGlob = glob, glob
	if strings.HasSuffix(glob, "/**") {
		// A folder goes with all that is in it, but a file of that name is not in it.
		r.fileGlob = glob + "/*"
	}
	if r.anchored && !strings.ContainsAny(glob, `{\[`) {
		r.segments = strings.Split(glob, "/")
	}
	return r, nil
}

func (r *Rules) none() bool { return len(r.rules) == 0 }

// Decide returns the verdict on a path, given the one on the folder it is in.
func (r *Rules) Decide(path string, folder bool, above Verdict) Verdict {
	path = distinct(path)
	name := path[strings.LastIndexByte(path, '/')+1:]
	for i := len(r.rules); i > int(above); i-- {
		if r.rules[i-1].matches(path, name, folder) {
			return Verdict(i)
		}
	}
	return above
}

// Excluded reports whether the verdict leaves a path out.
func (r *Rules) Excluded(v Verdict) bool { return v != undecided && !r.rules[v-1].include }

// Deciding returns the rule behind a verdict; false where there was none.
func (r *Rules) Deciding(v Verdict) (Rule, bool) {
	if v == undecided {
		return Rule{}, false
	}
	return r.rules[v-1].Rule, true
}

// Reaches reports whether a rule that comes after the verdict could take
// something below the folder back in. Where it cannot, an excluded folder need
// not be opened.
func (r *Rules) Reaches(folder string, v Verdict) bool {
	folder = distinct(folder)
	return slices.ContainsFunc(r.rules[v:], func(later rule) bool { return later.include && later.reaches(folder) })
}

func (r *rule) matches(path, name string, folder bool) bool {
	if r.foldersOnly && !folder {
		return false
	}
	glob, subject := r.fileGlob, name
	if folder {
		glob = r.glob
	}
	if r.anchored {
		subject = r.within(path)
	}
	return doublestar.MatchUnvalidated(glob, subject)
}

// distinct returns a text in which bytes that are no UTF-8 are characters of their own:
// patterns are matched by characters, and to them all such bytes are the same one.
func distinct(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	const odd = 0x10FF00 // for private use, and used by nobody
	var b strings.Builder
	for i, char := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); char == utf8.RuneError && size == 1 {
			char = odd + rune(text[i])
		}
		b.WriteRune(char)
	}
	return b.String()
}

// within cuts the rule's own folder off a path below it.
func (r *rule) within(path string) string {
	if r.folder == "" {
		return path
	}
	return path[len(r.folder)+1:]
}

// reaches errs on the side of true.
func (r *rule) reaches(folder string) bool {
	if r.segments == nil {
		return true
	}
	rest := r.within(folder)
	for _, segment := range r.segments {
		if segment == "**" {
			return true
		}
		if rest == "" {
			return true
		}
		name, below, _ := strings.Cut(rest, "/")
		if !doublestar.MatchUnvalidated(segment, name) {
			return false
		}
		rest = below
	}
	return false
}
