package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Error is one mistake in a jobs file or in a pattern file it names.
type Error struct {
	File string
	// Line and Column count from 1, Column in characters. Line is 0 where the
	// mistake is about the file as a whole.
	Line, Column int
	Msg          string
	// SourceLine is the text of that line, "" where it must not be shown.
	SourceLine string

	cause error
}

// Error is one line: `jobs.yaml:14:5: unknown key "exlude", did you mean "exclude"?`
func (e *Error) Error() string {
	return e.position() + ": " + e.Msg
}

// Unwrap leads to what the operating system said, if it was asked.
func (e *Error) Unwrap() error { return e.cause }

// Detail is Error with the source line below it and a caret under the column.
// Control characters of the line are replaced, so that it is safe on a terminal.
func (e *Error) Detail() string {
	if e.SourceLine == "" {
		return e.Error()
	}
	line, column := window([]rune(e.SourceLine), e.Column)
	number := fmt.Sprintf("%5d", e.Line)
	margin := strings.Repeat(" ", len(number))
	return fmt.Sprintf("%s\n%s | %s\n%s | %s^", e.Error(), number, printable(line), margin, blank(line[:column-1]))
}

func (e *Error) position() string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}

// Errors are all mistakes of one Load, sorted by position.
type Errors []*Error

// Error has one line for each mistake.
func (e Errors) Error() string { return e.join((*Error).Error) }

// Detail has each mistake with its source line and caret.
func (e Errors) Detail() string { return e.join((*Error).Detail) }

// Unwrap lets errors.Is and errors.As see every mistake.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

func (e Errors) join(text func(*Error) string) string {
	parts := make([]string, len(e))
	for i := range e {
		parts[i] = text(e[i])
	}
	return strings.Join(parts, "\n")
}

// sorted puts the jobs file before the pattern files it names, and drops
// repetitions: a pattern file that two jobs name is read twice.
func (e Errors) sorted(jobsFile string) Errors {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(
			-compareBool(a.File == jobsFile, b.File == jobsFile),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Msg, b.Msg))
	})
	return slices.CompactFunc(e, func(a, b *Error) bool { return a.Error() == b.Error() })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// window cuts a line that is too long to show down to the part around the column.
func window(line []rune, column int) ([]rune, int) {
	const before, width = 60, 120
	column = min(max(column, 1), len(line)+1)
	if start := column - 1 - before; len(line) > width && start > 0 {
		line, column = line[start:], before+1
	}
	return line[:min(len(line), width)], column
}

func printable(line []rune) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, string(line))
}

// blank keeps tabs, so that the caret below a line with tabs stands right.
func blank(line []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(line))
}
