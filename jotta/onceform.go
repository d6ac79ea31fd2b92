package jotta

import (
	"errors"
	"net/url"
	"strings"
	"sync"
)

// onceForm is the body of a request whose content must never leave this machine a
// second time. Just before its first byte is handed out it has that recorded; so what
// is not recorded was not sent, however the process ends.
type onceForm struct {
	size   int64
	record func() error

	mu      sync.Mutex // the transport may still ask when it has given up already
	content *strings.Reader
	sent    bool
	over    bool
	err     error // why it could not be recorded
}

func newOnceForm(form url.Values, record func() error) *onceForm {
	text := form.Encode()
	return &onceForm{size: int64(len(text)), record: record, content: strings.NewReader(text)}
}

// Read hands out the form, once there is a connection to send it on.
func (f *onceForm) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return 0, errors.New("send form: the attempt is over")
	}
	if !f.sent {
		if f.err = f.record(); f.err != nil {
			f.over = true
			return 0, f.err
		}
		f.sent = true
	}
	return f.content.Read(p)
}

// Close does nothing: end tells what became of the form.
func (f *onceForm) Close() error { return nil }

// end refuses reads to come, and reports whether anything may have been sent.
func (f *onceForm) end() (sent bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	return f.sent, f.err
}
