package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Reader reads a manifest, which may come from anybody: it takes a bounded amount of
// memory and returns only entries that are well-formed, in order, and below the
// target.
type Reader struct {
	Header Header

	zstd    *zstd.Decoder
	lines   *bufio.Reader
	long    bytes.Buffer // a line that does not fit lines' own buffer
	number  int          // of the line
	entries int
	order   order
	left    int
	ended   bool
}

// NewReader reads the beginning of a manifest.
func NewReader(from io.Reader) (*Reader, error) {
	decoder, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	r := &Reader{zstd: decoder, lines: bufio.NewReaderSize(decoder, 64<<10)}
	if r.Header, err = r.header(); err != nil {
		decoder.Close()
		return nil, fmt.Errorf("read manifest: line 1: %w", err)
	}
	return r, nil
}

// Next returns the next entry, or io.EOF after the last. Any other error ends the
// reading.
func (r *Reader) Next() (Entry, error) {
	if r.ended {
		return Entry{}, io.EOF
	}
	entry, err := r.next()
	if err != nil {
		r.ended = true
		if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("read manifest: line %d: %w", r.number, err)
		}
	}
	return entry, err
}

// Left returns how many folders the latest entry has left behind, the deepest first:
// nothing that comes later is in them.
func (r *Reader) Left() int { return r.left }

// Close gives back what the reader holds. It does not close what it reads from.
func (r *Reader) Close() { r.zstd.Close() }

func (r *Reader) header() (Header, error) {
	var line headerLine
	text, err := r.readLine()
	if err != nil {
		return Header{}, noEnd(err)
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return Header{}, err
	}
	return line.header()
}

func (r *Reader) next() (Entry, error) {
	text, err := r.readLine()
	if err != nil {
		return Entry{}, noEnd(err)
	}
	var line struct {
		entryLine
		endLine
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return Entry{}, err
	}
	if line.End {
		return Entry{}, r.end(line.endLine)
	}
	if r.entries++; r.entries > maxEntries {
		return Entry{}, errors.New("it has too many entries")
	}
	entry, err := line.entry()
	if err == nil {
		err = entry.check(len(r.Header.Roots))
	}
	if err == nil {
		r.left, err = r.order.add(entry.Path, entry.Kind == Folder)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("entry %.200q: %w", entry.Path, err)
	}
	return entry, nil
}

// end makes sure that nothing is missing, and that nothing comes behind the end.
func (r *Reader) end(line endLine) error {
	if line.Entries != r.entries {
		return fmt.Errorf("it ends after %d entries and should have %d", r.entries, line.Entries)
	}
	if _, err := r.lines.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("there is more behind its end"), err)
	}
	return io.EOF
}

// noEnd tells an end of the data from the end of the manifest.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it has no end: it is torn")
	}
	return err
}

// readLine returns the next line; it holds until the one after is read.
func (r *Reader) readLine() ([]byte, error) {
	r.number++
	line, err := r.lines.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	r.long.Reset()
	for errors.Is(err, bufio.ErrBufferFull) {
		if r.long.Write(line); r.long.Len() > maxLine {
			return nil, fmt.Errorf("it has more than %d bytes", maxLine)
		}
		line, err = r.lines.ReadSlice('\n')
	}
	r.long.Write(line)
	return r.long.Bytes(), err
}
