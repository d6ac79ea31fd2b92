// Package report shows plans and runs to people. It observes: nothing that is
// planned or done depends on it.
package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/jottarun/jottarun/planner"
)

// Style says how text looks: the zero value is plain.
type Style struct{ Color bool }

type color string

const (
	green  color = "\x1b[32m"
	yellow color = "\x1b[33m"
	red    color = "\x1b[31m"
	faint  color = "\x1b[2m"
	bold   color = "\x1b[1m"
	reset  color = "\x1b[0m"
)

func (s Style) paint(c color, text string) string {
	if !s.Color {
		return text
	}
	return string(c) + text + string(reset)
}

// name renders a path so that it is safe on a terminal and in a log: as it is or,
// where it holds control, direction-changing or invalid characters, quoted.
func name(path planner.RelPath) string {
	text := string(path)
	if text == "" {
		return "."
	}
	if strings.HasPrefix(text, `"`) || strings.TrimSpace(text) != text || !showable(text) {
		return strconv.QuoteToGraphic(text)
	}
	return text
}

// Quote renders a path in quotes, safe on a terminal and in a log.
func Quote(path string) string { return strconv.QuoteToGraphic(path) }

// plain makes words harmless to a terminal that may have come from outside.
func plain(text string) string {
	if showable(text) {
		return text
	}
	return strconv.QuoteToGraphic(text)
}

func showable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

func size(n int64) string {
	if n < 0 {
		return "-"
	}
	return humanize.IBytes(uint64(n))
}

func number(n int) string { return humanize.Comma(int64(n)) }

// plural joins a number and a noun, with an s where the number asks for it.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", number(n), noun)
}

// Name is a path as it is shown everywhere: quoted where it holds what cannot be shown.
func Name(path string) string { return name(planner.RelPath(path)) }

// Size is a number of bytes in words.
func Size(n int64) string { return size(n) }

// Number is a number with its thousands apart.
func Number(n int) string { return number(n) }

// Plural joins a number and a noun, with an s where the number asks for it.
func Plural(n int, noun string) string { return plural(n, noun) }

// Clock shows a duration as 0:07, 12:34 or 1:02:03.
func Clock(d time.Duration) string { return clock(d) }
