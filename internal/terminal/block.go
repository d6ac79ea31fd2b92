// Package terminal keeps a block of lines at the foot of a terminal: redrawn in place,
// with other text going by above it, and gone without a trace at the end.
//
// Between two writes the cursor stands at the beginning of the block. Whatever a
// terminal does with its lines when it is resized, it keeps the cursor's place in the
// text; so what is below the cursor is the block, and nothing else is ever erased.
package terminal

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

const (
	beginUpdate = "\x1b[?2026h\x1b[?7l" // show nothing until the end; let long lines not wrap
	endUpdate   = "\x1b[?7h\x1b[?2026l"
	eraseLine   = "\x1b[K" // right of the cursor
	eraseBelow  = "\x1b[J" // right of the cursor, and all lines below
)

// Block is lines at the foot of a terminal. Its methods may be called concurrently.
type Block struct {
	out  io.Writer
	size func() (width, height int, err error)

	mu     sync.Mutex
	lines  []string // those that are shown
	above  []*above
	closed bool
}

// New returns a block, of no lines yet, on the terminal that out writes to.
func New(out io.Writer, size func() (width, height int, err error)) *Block {
	return &Block{out: out, size: size}
}

// Show draws the lines that fit returns for the size of the terminal, in the place of
// those that were shown. Each must be shorter than the terminal is wide, and hold no
// control characters but colors.
func (b *Block) Show(fit func(width, height int) []string) {
	width, height, err := b.size()
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	lines := fit(width, height)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.lines) == 0 && len(lines) == 0 {
		return
	}
	b.lines = lines[:min(len(lines), height)]
	_, _ = b.out.Write(b.draw(nil)) // a terminal that is gone needs no progress
}

// Clear erases the block. It may be shown again.
func (b *Block) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// Close erases the block for good.
func (b *Block) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.closed = true
}

func (b *Block) clear() {
	if len(b.lines) > 0 {
		_, _ = io.WriteString(b.out, "\r"+eraseBelow)
	}
	b.lines = nil
	for _, a := range b.above {
		a.release()
	}
}

// Above returns a writer to w, a stream to the same terminal, whose text goes above the
// block: by whole lines, while there is one.
func (b *Block) Above(w io.Writer) io.Writer {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := &above{block: b, out: w}
	b.above = append(b.above, a)
	return a
}

// draw appends what draws the block, from the cursor on, and brings the cursor back.
func (b *Block) draw(text []byte) []byte {
	text = append(text, beginUpdate...)
	for i, line := range b.lines {
		if i > 0 {
			text = append(text, "\r\n"...)
		}
		text = append(append(text, line...), eraseLine...)
	}
	text = append(text, eraseBelow+"\r"...)
	if up := len(b.lines) - 1; up > 0 {
		text = fmt.Appendf(text, "\x1b[%dA", up)
	}
	return append(text, endUpdate...)
}

// above is a stream whose text goes above the block.
type above struct {
	block *Block
	out   io.Writer
	held  []byte // the beginning of a line
}

func (a *above) Write(p []byte) (int, error) {
	a.block.mu.Lock()
	defer a.block.mu.Unlock()
	if len(a.block.lines) == 0 {
		return a.out.Write(p)
	}
	a.held = append(a.held, p...)
	end := bytes.LastIndexByte(a.held, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	text := append([]byte("\r"+eraseBelow), a.held[:end]...)
	a.held = append([]byte(nil), a.held[end:]...)
	if _, err := a.out.Write(a.block.draw(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// release writes what is held, once there is no block to disturb.
func (a *above) release() {
	_, _ = a.out.Write(a.held)
	a.held = nil
}
