package emulator

import (
	"errors"
	"net/http"
)

// legacyUpload is POST <file>?umode=nomultipart, on the upload host of old: headers
// name size, MD5 and times, the body is the content. It answers 201 even when the
// content is not whole or has another MD5: only the XML tells.
//
// Without a Range header, a body as long as the file starts it anew; a shorter one
// goes on from the size that the incomplete version shows [?].
func (x *exchange) legacyUpload() error {
	want, err := x.wanted()
	if err != nil {
		return err
	}
	s := x.server
	done, err := s.apply(func() ([]record, error) { return s.announce(x.names, want) }, nil)
	if err == nil {
		err = s.settle(done)
	}
	if err == nil {
		err = x.takeLegacy(want)
	}
	if err != nil {
		return err
	}
	s.mu.RLock()
	held := s.tree.file(x.names)
	if held == nil {
		s.mu.RUnlock()
		return noSuchFile(x.path())
	}
	doc := s.fileDocument(held)
	s.mu.RUnlock()
	x.sendXML(http.StatusCreated, doc)
	return nil
}

func (x *exchange) takeLegacy(want revision) error {
	s := x.server
	s.mu.RLock()
	held := s.tree.file(x.names)
	var pending *upload
	if held != nil && held.upload != nil {
		pending = ptr(*held.upload)
	}
	s.mu.RUnlock()
	if pending == nil || !pending.awaits(want) {
		return nil // the account has the content already
	}
	start, err := uploadStart(x.r, want.size)
	if err != nil {
		return err
	}
	if x.r.Header.Get("Range") == "" && x.r.ContentLength < want.size {
		start = pending.partial.received.Load()
	}
	_, err = s.take(pending, start, min(x.r.ContentLength, want.size-start), x.r.Body)
	var known *refusal
	if errors.As(err, &known) && (known.status == statusIncomplete || known.status == statusCorrupt) {
		return nil
	}
	return err
}
