package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// source is the text of a file, in lines, to point into.
type source struct {
	name  string
	lines []string
}

// newSource splits as YAML does, so that line numbers agree with the parser's.
func newSource(name, text string) *source {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return &source{name: name, lines: strings.Split(text, "\n")}
}

func (s *source) errorAt(line, column int, msg string) *Error {
	line = min(max(line, 1), len(s.lines))
	text := masked(s.lines[line-1])
	column = min(max(column, 1), utf8.RuneCountInString(text)+1)
	return &Error{File: s.name, Line: line, Column: column, Msg: msg, SourceLine: text}
}

func (s *source) positionAt(line, column int) string {
	return fmt.Sprintf("%s:%d:%d", s.name, line, column)
}

// badCharacter finds the first byte or character a text file must not hold.
// YAML also breaks lines at U+0085, U+2028 and U+2029, where no editor shows it.
func (s *source) badCharacter() *Error {
	for i, line := range s.lines {
		column := 0
		for at, r := range line {
			column++
			switch {
			case r == utf8.RuneError && !strings.HasPrefix(line[at:], "\ufffd"):
				return s.errorAt(i+1, column, fmt.Sprintf("the byte 0x%02X is not UTF-8", line[at]))
			case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029,
				r == 0xfeff, r == 0xfffe, r == 0xffff:
				return s.errorAt(i+1, column, fmt.Sprintf("the character %U is not allowed here", r))
			}
		}
	}
	return nil
}

// secretText is what a line may hold that no message may repeat: user and
// password of a URL, and what people would write after a key named like that.
var secretText = regexp.MustCompile(`(?i)://(\S*)@|(?:password|passwd|secret)["']?\s*:\s*(\S+)|token["']?\s*:\s*["']?([^"'\s:/,}]{16,})`)

// masked keeps the number of characters, so that columns stay right.
func masked(line string) string {
	for _, match := range slices.Backward(secretText.FindAllStringSubmatchIndex(line, -1)) {
		for group := 2; group < len(match); group += 2 {
			if start, end := match[group], match[group+1]; start >= 0 {
				line = line[:start] + strings.Repeat("*", utf8.RuneCountInString(line[start:end])) + line[end:]
			}
		}
	}
	return line
}
