package config

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parse turns the text into the one document it must hold.
func parse(name, text string) (*source, *yaml.Node, Errors) {
	src := newSource(name, text)
	if err := src.badCharacter(); err != nil {
		return src, nil, Errors{err}
	}
	documents, err := parseYAML(text)
	switch {
	case err != nil:
		return src, nil, Errors{syntaxError(src, err)}
	case len(documents) == 0 || isEmpty(documents[0]):
		return src, nil, Errors{src.errorAt(1, 1, "the file declares nothing; for one to start from, type: jottarun init")}
	case len(documents) > 1:
		second := documents[1]
		return src, nil, Errors{src.errorAt(second.Line, second.Column, "a second YAML document starts here; a jobs file is one")}
	}
	return src, documents[0].Content[0], nil
}

func isEmpty(document *yaml.Node) bool {
	return len(document.Content) == 0 || document.Content[0].Tag == "!!null"
}

// parseYAML recovers because the parser has panicked on odd input in the past.
func parseYAML(text string) (documents []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, &document)
	}
}

// syntaxError points at what a person would change, which the parser's own line
// often misses: it names where the surrounding list or mapping began.
func syntaxError(src *source, err error) *Error {
	named, msg := splitYAMLError(err)
	line := min(max(named, firstBrokenLine(src)), len(src.lines))
	text := src.lines[line-1]
	if column := tabIndent(text); column > 0 {
		return src.errorAt(line, column, "a tab cannot indent YAML; use spaces")
	}
	if column, mark := unquotedMark(text); column > 0 {
		return src.errorAt(line, column, fmt.Sprintf("quote this value: YAML gives an unquoted %s a meaning of its own", mark))
	}
	indent := len(text) - len(strings.TrimLeft(text, " "))
	return src.errorAt(line, indent+1, "not valid YAML: "+msg)
}

var (
	yamlLine = regexp.MustCompile(`^line (\d+): `)
	// offByOne are the errors whose line the parser counts from 0.
	offByOne = regexp.MustCompile(`^did not find expected (node content|key|',|'-|<)`)
)

func splitYAMLError(err error) (line int, msg string) {
	msg = strings.TrimPrefix(err.Error(), "yaml: ")
	if match := yamlLine.FindStringSubmatch(msg); match != nil {
		line, _ = strconv.Atoi(match[1])
		msg = msg[len(match[0]):]
	}
	if offByOne.MatchString(msg) {
		line++
	}
	return line, msg
}

// firstBrokenLine is the line after the longest beginning of the file that can
// be parsed. Trying stops when it gets expensive; the parser's line is then all
// there is.
func firstBrokenLine(src *source) int {
	budget := 8 << 20
	text := strings.Join(src.lines, "\n")
	for n := len(src.lines); n > 0 && budget > 0; n-- {
		budget -= len(text)
		if _, err := parseYAML(text); err == nil {
			return n + 1
		}
		text = text[:max(strings.LastIndexByte(text, '\n'), 0)]
	}
	return 1
}

// tabIndent returns the column of a tab in the indentation, 0 without one.
func tabIndent(line string) int {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	return strings.IndexByte(indent, '\t') + 1
}

// unquotedMark returns the column of a value that starts with a character that
// is YAML's own and usual in patterns; 0 without one.
func unquotedMark(line string) (column int, mark string) {
	var quote, last rune = 0, '-'
	for _, r := range line {
		column++
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case strings.ContainsRune("[,:-", last) && strings.ContainsRune("!*&@%`", r):
			return column, string(r)
		case strings.ContainsRune(`"'`, r) && strings.ContainsRune("[,:-", last):
			quote = r
		}
		if r != ' ' {
			last = r
		}
	}
	return 0, ""
}
