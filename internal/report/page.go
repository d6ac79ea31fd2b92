package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is lines of a terminal that are being composed, none of them wider than it is.
type page struct {
	width int
	style Style
	lines []string
}

// text is words in one color.
type text struct {
	string
	color color
}

const plainColor color = ""

// row adds a line: as many of the texts as there is room for, none of them in part but
// the first.
func (p *page) row(texts ...text) {
	var line strings.Builder
	left := p.width
	for i, t := range texts {
		if i == 0 {
			t.string = cutRight(t.string, left)
		}
		if columns(t.string) > left {
			break
		}
		left -= columns(t.string)
		line.WriteString(p.paint(t))
	}
	p.lines = append(p.lines, line.String())
}

// sides adds a line of texts at the left and one at the right margin.
func (p *page) sides(left []text, right text) {
	used := columns(right.string)
	for _, t := range left {
		used += columns(t.string)
	}
	if used+1 > p.width {
		p.row(left...)
		return
	}
	p.row(append(append([]text{}, left...), text{strings.Repeat(" ", p.width-used), plainColor}, right)...)
}

// bar adds a line with a bar that fills what the texts leave.
func (p *page) bar(ahead []text, share float64, behind []text) {
	room := p.width
	for _, t := range append(append([]text{}, ahead...), behind...) {
		room -= columns(t.string)
	}
	if room < 5 {
		p.row(append(append([]text{}, ahead...), behind...)...)
		return
	}
	all := append(append([]text{}, ahead...), p.barOf(room, share)...)
	p.row(append(all, behind...)...)
}

// file adds the line of a file in flight.
func (p *page) file(f *liveFile) {
	state := fmt.Sprintf(" %3.0f%%", 100*share(f.sent, f.size))
	switch {
	case f.coming:
	case f.sent <= 0:
		state = " read" // to hash it, before anything is sent
	case f.sent >= f.size:
		state = " sent"
	}
	cells := append([]text{{"  ", plainColor}}, p.barOf(barWidth, share(f.sent, f.size))...)
	cells = append(cells, text{state, plainColor}, text{fmt.Sprintf(" %9s  ", size(f.size)), faint})
	left := p.width
	for _, c := range cells {
		left -= columns(c.string)
	}
	p.row(append(cells, text{cutLeft(name(f.path), left), plainColor})...)
}

func (p *page) barOf(width int, share float64) []text {
	halves := int(share * float64(2*width))
	full := strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
	return []text{{full, green}, {strings.Repeat("─", width-columns(full)), faint}}
}

func (p *page) paint(t text) string {
	if t.color == plainColor || t.string == "" {
		return t.string
	}
	return p.style.paint(t.color, t.string)
}

// cutLeft shortens words that need more columns than there are at their beginning: of a
// path, the end tells most.
func cutLeft(words string, room int) string {
	if columns(words) <= room {
		return words
	}
	if room < 2 {
		return ""
	}
	used, at := 1, len(words)
	for at > 0 {
		r, length := utf8.DecodeLastRuneInString(words[:at])
		if used += cells(r); used > room {
			break
		}
		at -= length
	}
	return "…" + words[at:]
}

// cutRight does so at their end.
func cutRight(words string, room int) string {
	if columns(words) <= room {
		return words
	}
	if room < 2 {
		return ""
	}
	used := 1
	for i, r := range words {
		if used += cells(r); used > room {
			return words[:i] + "…"
		}
	}
	return words
}

// columns is how many columns of a terminal words take at most.
func columns(words string) int {
	n := 0
	for _, r := range words {
		n += cells(r)
	}
	return n
}

// cells counts a rune that may be wide as wide: a line that turns out shorter does no
// harm, one that turns out longer does.
func cells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115F, r >= 0x2600 && r <= 0x27BF, r >= 0x2E80:
		return 2
	}
	return 1
}
