package planner

import (
	"io"
	"sync/atomic"
)

// Progress counts what planning has done so far. It may be read while the planning
// goes on, and counted into by many goroutines; a nil Progress counts nothing.
type Progress struct{ scanned, listed, read atomic.Int64 }

// Scanned returns how many files and folders have been seen here, excluded ones among
// them.
func (p *Progress) Scanned() int64 { return p.scanned.Load() }

// Listed returns how many files and folders of the cloud have been listed: none until
// the listing is whole.
func (p *Progress) Listed() int64 { return p.listed.Load() }

// Read returns how many bytes have been read to compare.
func (p *Progress) Read() int64 { return p.read.Load() }

func (p *Progress) addScanned(n int) {
	if p != nil {
		p.scanned.Add(int64(n))
	}
}

func (p *Progress) addListed(n int) {
	if p != nil {
		p.listed.Add(int64(n))
	}
}

// reading counts what is read of content.
func (p *Progress) reading(content io.ReaderAt) io.ReaderAt {
	if p == nil {
		return content
	}
	return countingReader{content, &p.read}
}

type countingReader struct {
	io.ReaderAt
	read *atomic.Int64
}

func (r countingReader) ReadAt(p []byte, offset int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, offset)
	r.read.Add(int64(n))
	return n, err
}
