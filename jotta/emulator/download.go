package emulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// download is GET <file>?mode=bin: the current version's bytes. A file in the trash
// can still be read [?].
func (x *exchange) download() error {
	held, content, err := x.openCurrent()
	if err != nil {
		return err
	}
	defer content.Close()
	return x.sendContent(held, content, mimeType(x.names[len(x.names)-1]))
}

// openCurrent opens the content while the lock keeps it from being removed.
func (x *exchange) openCurrent() (revision, *os.File, error) {
	s := x.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tree.account.ReadLocked {
		return revision{}, nil, refuse(http.StatusForbidden, idLocked, "the account is read-locked")
	}
	found := s.tree.file(x.names)
	if found == nil || found.current == nil {
		return revision{}, nil, noSuchFile(x.path())
	}
	return s.openRevision(*found.current)
}

func (s *Server) openRevision(r revision) (revision, *os.File, error) {
	content, err := s.contents.open(r.digest.sum)
	if err != nil {
		return r, nil, fmt.Errorf("open content of MD5 %s: %w", r.digest, err)
	}
	return r, content, nil
}

func (x *exchange) sendContent(r revision, content io.ReadSeeker, kind string) error {
	start, length, partial, err := parseRange(x.r.Header.Get("Range"), r.size)
	header := x.w.Header()
	if err != nil {
		header.Set("Content-Range", "bytes */"+strconv.FormatInt(r.size, 10))
		return err
	}
	if _, err := content.Seek(start, io.SeekStart); err != nil {
		return fmt.Errorf("seek in content: %w", err)
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.FormatInt(length, 10))
	header.Set("Accept-Ranges", "bytes")
	status := http.StatusOK
	if partial {
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, start+length-1, r.size))
		status = http.StatusPartialContent
	}
	x.w.WriteHeader(status)
	if x.r.Method == http.MethodHead {
		return nil
	}
	// The answer has begun: if it cannot be finished, only a cut connection can tell.
	if n, err := io.CopyN(x.w, content, length); err != nil || n != length {
		panic(http.ErrAbortHandler)
	}
	return nil
}

var errRange = errors.New("range")

// parseRange reads "bytes=a-b", "bytes=a-" and "bytes=-n". More than one range is
// refused, as is one that begins beyond the end or ends before it begins.
func parseRange(header string, size int64) (start, length int64, partial bool, err error) {
	if header == "" {
		return 0, size, false, nil
	}
	first, last, err := rangeEnds(header, size)
	if err != nil || first >= size || last < first {
		return 0, 0, false, refuse(http.StatusRequestedRangeNotSatisfiable, idRange, "range %q of %d bytes", header, size)
	}
	last = min(last, size-1)
	return first, last - first + 1, true, nil
}

func rangeEnds(header string, size int64) (first, last int64, err error) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, dashed := strings.Cut(spec, "-")
	if !ok || !dashed {
		return 0, 0, errRange
	}
	if from == "" {
		count, err := parseCount(to)
		return max(0, size-count), size - 1, err
	}
	if first, err = parseCount(from); err != nil || to == "" {
		return first, size - 1, err
	}
	last, err = parseCount(to)
	return first, last, err
}

// parseCount reads a number that has digits only.
func parseCount(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err
}
