package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Writer writes a manifest. The same entries give the same bytes.
type Writer struct {
	zstd    *zstd.Encoder
	roots   int
	order   order
	entries int
	line    bytes.Buffer
	err     error
}

// NewWriter begins a manifest.
func NewWriter(to io.Writer, header Header) (*Writer, error) {
	if len(header.Roots) == 0 || len(header.Roots) > maxRoots {
		return nil, fmt.Errorf("write manifest: %d roots", len(header.Roots))
	}
	// More than one encoder at a time would make the bytes depend on the machine.
	encoder, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(maxWindow/2))
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	w := &Writer{zstd: encoder, roots: len(header.Roots)}
	w.write(newHeaderLine(header))
	return w, w.err
}

// Add writes the next entry, in the order that the format demands. An entry that the
// format cannot hold is an error that spoils nothing; errTooLong is one.
func (w *Writer) Add(e Entry) error {
	if w.err != nil {
		return w.err
	}
	if err := e.check(w.roots); err != nil {
		return err
	}
	w.line.Reset()
	if err := appendLine(&w.line, newEntryLine(e)); err != nil {
		return err
	}
	if w.line.Len() > maxLine {
		return errTooLong
	}
	if _, err := w.order.add(e.Path, e.Kind == Folder); err != nil {
		return err
	}
	w.entries++
	w.flush()
	return w.err
}

// Close ends the manifest. It does not close what is written to.
func (w *Writer) Close() error {
	w.write(endLine{true, w.entries})
	if err := w.zstd.Close(); w.err == nil && err != nil {
		w.err = fmt.Errorf("write manifest: %w", err)
	}
	return w.err
}

var errTooLong = errors.New("its line would be too long")

func (w *Writer) write(value any) {
	if w.err != nil {
		return
	}
	w.line.Reset()
	if err := appendLine(&w.line, value); err != nil {
		w.err = fmt.Errorf("write manifest: %w", err)
		return
	}
	w.flush()
}

func (w *Writer) flush() {
	if _, err := w.zstd.Write(w.line.Bytes()); err != nil {
		w.err = fmt.Errorf("write manifest: %w", err)
	}
}
