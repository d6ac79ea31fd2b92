package terminal

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeTerminal understands what a Block writes, and nothing else. It has no limit of
// height.
type fakeTerminal struct {
	t        *testing.T
	rows     [][]rune
	row, col int
	writes   int
}

var sequence = regexp.MustCompile(`^\x1b\[(\??\d*)([A-Za-z])`)

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.writes++
	for text := string(p); text != ""; {
		if found := sequence.FindStringSubmatch(text); found != nil {
			f.steer(found[1], found[2])
			text = text[len(found[0]):]
			continue
		}
		r := []rune(text)[0]
		f.put(r)
		text = text[len(string(r)):]
	}
	return len(p), nil
}

func (f *fakeTerminal) put(r rune) {
	f.reach()
	switch r {
	case '\r':
		f.col = 0
	case '\n':
		f.row, f.col = f.row+1, 0
		f.reach()
	default:
		line := f.rows[f.row]
		for len(line) <= f.col {
			line = append(line, ' ')
		}
		line[f.col] = r
		f.rows[f.row] = line
		f.col++
	}
}

func (f *fakeTerminal) reach() {
	for len(f.rows) <= f.row {
		f.rows = append(f.rows, nil)
	}
}

func (f *fakeTerminal) steer(number, what string) {
	f.reach()
	switch what {
	case "K", "J":
		f.rows[f.row] = f.rows[f.row][:min(f.col, len(f.rows[f.row]))]
		if what == "J" {
			f.rows = f.rows[:f.row+1]
		}
	case "A":
		n, err := strconv.Atoi(number)
		if err != nil || n > f.row {
			f.t.Errorf("the cursor goes up by %q from row %d", number, f.row)
			return
		}
		f.row -= n
	case "h", "l", "m":
	default:
		f.t.Errorf("an unknown sequence: %q %q", number, what)
	}
}

func (f *fakeTerminal) shows() string {
	var lines []string
	for _, row := range f.rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return strings.Join(lines, "\n")
}

func (f *fakeTerminal) mustShow(want string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.shows()); diff != "" {
		f.t.Errorf("shown is (-want +got):\n%s", diff)
	}
}

func lines(all ...string) func(int, int) []string { return func(int, int) []string { return all } }

func newTestBlock(t *testing.T) (*Block, *fakeTerminal) {
	screen := &fakeTerminal{t: t}
	return New(screen, func() (int, int, error) { return 20, 10, nil }), screen
}

func TestBlock(t *testing.T) {
	t.Parallel()
	block, screen := newTestBlock(t)
	out := block.Above(screen)
	fmt.Fprintln(out, "before")
	block.Show(lines("long first line", "two", "three"))
	screen.mustShow("before\nlong first line\ntwo\nthree")
	if screen.row != 1 || screen.col != 0 {
		t.Errorf("the cursor is at %d, %d, not at the beginning of the block", screen.row, screen.col)
	}
	block.Show(lines("first", "TWO"))
	screen.mustShow("before\nfirst\nTWO")
	fmt.Fprint(out, "a problem\nand half")
	screen.mustShow("before\na problem\nfirst\nTWO")
	fmt.Fprintln(out, " a line")
	screen.mustShow("before\na problem\nand half a line\nfirst\nTWO")
	fmt.Fprint(out, "rest")
	block.Clear()
	screen.mustShow("before\na problem\nand half a line\nrest")
	fmt.Fprint(out, " of it\n")
	screen.mustShow("before\na problem\nand half a line\nrest of it\n")
}

// What is drawn goes out in one piece, so that no half of it is ever seen.
func TestBlockIsDrawnInOneWrite(t *testing.T) {
	t.Parallel()
	block, screen := newTestBlock(t)
	out := block.Above(screen)
	block.Show(lines("one", "two"))
	block.Show(lines("one", "two"))
	fmt.Fprintln(out, "text")
	if screen.writes != 3 {
		t.Errorf("%d writes, want 3", screen.writes)
	}
}

func TestClosedBlockShowsNothing(t *testing.T) {
	t.Parallel()
	block, screen := newTestBlock(t)
	block.Show(lines("one"))
	block.Close()
	block.Show(lines("one"))
	screen.mustShow("")
}

// A terminal of a few lines keeps one for what comes above.
func TestBlockNeverFillsMoreThanTheTerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	block := New(&out, func() (int, int, error) { return 20, 2, nil })
	block.Show(lines("one", "two", "three", "four"))
	if n := strings.Count(out.String(), "\n"); n > 1 {
		t.Errorf("%d lines on a terminal of 2", n+1)
	}
}
