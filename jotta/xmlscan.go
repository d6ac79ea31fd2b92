package jotta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	minXMLWindow  = 4 << 10
	maxXMLWindow  = 128 << 10 // no tag may be longer
	maxXMLText    = 64 << 10  // more of a text is not kept
	maxXMLDepth   = 64
	maxXMLTotal   = 8 << 30
	byteOrderMark = "\uFEFF"
)

// xmlScanner reads an XML document tag by tag, from a window that slides over the
// stream, and allocates nothing on the way. It checks what shows whether the
// document is whole (that elements nest, that one root holds all, that nothing
// follows it) and is lenient with the rest: a listing of a million files must not
// fail for one odd character in one name.
type xmlScanner struct {
	source     io.Reader
	window     []byte
	start, end int // of what is in the window and not consumed
	total      int64

	names      []byte // of the open elements, one after the other
	open       []int  // where in names each of them starts
	selfClosed bool   // the element that was opened last is to be closed
	rootSeen   bool

	keepText bool
	text     []byte // since the last tag, still escaped, if keepText
	overlong bool   // text is not all there was
}

type xmlTagKind int

const (
	xmlOpen xmlTagKind = iota
	xmlClose
	xmlEnd // of the document
)

// xmlTag is valid until the next one is read.
type xmlTag struct {
	kind       xmlTagKind
	name       []byte
	attributes []byte
}

func newXMLScanner(source io.Reader) *xmlScanner {
	return &xmlScanner{source: source, window: make([]byte, minXMLWindow)}
}

// depth is the number of open elements.
func (s *xmlScanner) depth() int { return len(s.open) }

// next reads up to and with the next tag.
func (s *xmlScanner) next() (xmlTag, error) {
	s.text, s.overlong = s.text[:0], false
	if s.selfClosed {
		s.selfClosed = false
		return s.pop(), nil
	}
	for {
		if err := s.textRun(); err != nil {
			if err == io.EOF && s.rootSeen && s.depth() == 0 {
				return xmlTag{kind: xmlEnd}, nil
			}
			return xmlTag{}, unexpected(err)
		}
		if err := s.need(2); err != nil {
			return xmlTag{}, unexpected(err)
		}
		switch s.window[s.start+1] {
		case '/':
			return s.closeTag()
		case '!':
			if err := s.declaration(); err != nil {
				return xmlTag{}, err
			}
		case '?':
			if err := s.instruction(); err != nil {
				return xmlTag{}, err
			}
		default:
			return s.openTag()
		}
	}
}

// textRun consumes text up to the next <.
func (s *xmlScanner) textRun() error {
	for {
		chunk := s.window[s.start:s.end]
		i := bytes.IndexByte(chunk, '<')
		if i >= 0 {
			chunk = chunk[:i]
		}
		s.start += len(chunk)
		if s.depth() == 0 && !s.isBlank(chunk) {
			return errors.New("text outside the document's root")
		}
		s.addText(chunk)
		if i >= 0 {
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

func (s *xmlScanner) isBlank(text []byte) bool {
	if !s.rootSeen {
		text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	}
	return len(bytes.Trim(text, " \t\r\n")) == 0
}

func (s *xmlScanner) addText(text []byte) {
	if !s.keepText {
		return
	}
	if room := maxXMLText - len(s.text); len(text) > room {
		text, s.overlong = text[:room], true
	}
	s.text = append(s.text, text...)
}

func (s *xmlScanner) openTag() (xmlTag, error) {
	body, err := s.markup()
	if err != nil {
		return xmlTag{}, err
	}
	body = body[1:]
	if s.depth() == 0 && s.rootSeen {
		return xmlTag{}, errors.New("a second root")
	}
	if n := len(body); n > 0 && body[n-1] == '/' {
		s.selfClosed, body = true, body[:n-1]
	}
	name, attributes := body, []byte(nil)
	for i, c := range body {
		if c <= ' ' {
			name, attributes = body[:i], body[i:]
			break
		}
	}
	if len(name) == 0 {
		return xmlTag{}, errors.New("a tag without a name")
	}
	if s.depth() == maxXMLDepth {
		return xmlTag{}, fmt.Errorf("elements nested more than %d deep", maxXMLDepth)
	}
	s.rootSeen = true
	s.open = append(s.open, len(s.names))
	s.names = append(s.names, name...)
	return xmlTag{xmlOpen, name, attributes}, nil
}

func (s *xmlScanner) closeTag() (xmlTag, error) {
	if s.depth() > 0 {
		name, chunk := s.names[s.open[s.depth()-1]:], s.window[s.start:s.end]
		if n := 2 + len(name); n < len(chunk) && chunk[n] == '>' && bytes.Equal(name, chunk[2:n]) {
			s.start += n + 1
			return s.pop(), nil
		}
	}
	body, err := s.markup()
	if err != nil {
		return xmlTag{}, err
	}
	name := bytes.TrimRight(body[2:], " \t\r\n")
	if s.depth() == 0 || !bytes.Equal(name, s.names[s.open[s.depth()-1]:]) {
		return xmlTag{}, fmt.Errorf("</%s> closes nothing that is open", harmless(string(name), 40))
	}
	return s.pop(), nil
}

func (s *xmlScanner) pop() xmlTag {
	last := s.depth() - 1
	name := s.names[s.open[last]:]
	s.names, s.open = s.names[:s.open[last]], s.open[:last]
	return xmlTag{kind: xmlClose, name: name}
}

// markup consumes a tag and returns it, from < to before >.
func (s *xmlScanner) markup() ([]byte, error) {
	var quoted byte
	for i := 1; ; {
		chunk := s.window[s.start:s.end]
		for ; i < len(chunk); i++ {
			switch c := chunk[i]; {
			case c == '>' && quoted == 0:
				s.start += i + 1
				return chunk[:i], nil
			case c == '<':
				return nil, errors.New("a tag within a tag")
			case c == quoted:
				quoted = 0
			case quoted == 0 && (c == '"' || c == '\''):
				quoted = c
			}
		}
		if len(chunk) == maxXMLWindow {
			return nil, fmt.Errorf("a tag of more than %d bytes", maxXMLWindow)
		}
		if err := s.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

// declaration consumes a comment, or a CDATA section and keeps its text.
func (s *xmlScanner) declaration() error {
	const comment, cdata = "<!--", "<![CDATA["
	switch {
	case s.skip(comment):
		return s.until("-->", func([]byte) {})
	case s.depth() > 0 && s.skip(cdata):
		return s.until("]]>", func(text []byte) {
			for len(text) > 0 { // & means nothing in there, while text is unescaped later
				i := bytes.IndexByte(text, '&')
				if i < 0 {
					i = len(text)
				}
				s.addText(text[:i])
				if i < len(text) {
					s.addText([]byte("&amp;"))
					i++
				}
				text = text[i:]
			}
		})
	}
	return errors.New("a declaration that has no place in a listing")
}

// instruction consumes <?…?>. One that announces another encoding than UTF-8 means
// that no name can be trusted.
func (s *xmlScanner) instruction() error {
	s.skip("<?")
	var text []byte
	err := s.until("?>", func(part []byte) { text = append(text, part[:min(len(part), 256-min(256, len(text)))]...) })
	if err != nil {
		return err
	}
	_, encoding, found := strings.Cut(strings.ToLower(string(text)), "encoding=")
	if found && bytes.HasPrefix(text, []byte("xml")) && !strings.HasPrefix(strings.Trim(encoding, `"'`), "utf-8") {
		return errors.New("it is not in UTF-8")
	}
	return nil
}

// skip consumes prefix, if that is what comes next.
func (s *xmlScanner) skip(prefix string) bool {
	if s.need(len(prefix)) != nil || !bytes.HasPrefix(s.window[s.start:s.end], []byte(prefix)) {
		return false
	}
	s.start += len(prefix)
	return true
}

// until hands out what comes before the terminator, in pieces, and consumes both.
func (s *xmlScanner) until(terminator string, keep func([]byte)) error {
	for {
		chunk := s.window[s.start:s.end]
		if i := bytes.Index(chunk, []byte(terminator)); i >= 0 {
			keep(chunk[:i])
			s.start += i + len(terminator)
			return nil
		}
		n := max(0, len(chunk)-len(terminator)+1) // its beginning may be there already
		keep(chunk[:n])
		s.start += n
		if err := s.fill(); err != nil {
			return unexpected(err)
		}
	}
}

// need makes sure that n bytes are in the window.
func (s *xmlScanner) need(n int) error {
	for s.end-s.start < n {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more into the window, which grows with the document.
func (s *xmlScanner) fill() error {
	unread, into := s.window[s.start:s.end], s.window
	if s.total > int64(len(s.window)) && len(s.window) < maxXMLWindow || len(unread) == len(s.window) {
		into = make([]byte, min(2*len(s.window), maxXMLWindow))
	}
	s.window, s.start, s.end = into, 0, copy(into, unread)
	for range 100 {
		n, err := s.source.Read(s.window[s.end:])
		s.end += n
		s.total += int64(n)
		switch {
		case s.total > maxXMLTotal:
			return fmt.Errorf("more than %d bytes", int64(maxXMLTotal))
		case n > 0:
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// unexpected makes the end of the stream an error where more had to come.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
