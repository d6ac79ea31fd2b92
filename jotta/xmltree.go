package jotta

import (
	"bytes"
	"errors"
	"io"
)

// readXML has visit read the root of a document, and checks that nothing follows it.
func readXML(r io.Reader, visit func(s *xmlScanner, root xmlTag) error) error {
	s := newXMLScanner(r)
	root, err := s.next()
	if err == nil {
		err = visit(s, root)
	}
	for err == nil {
		var tag xmlTag
		if tag, err = s.next(); err == nil && tag.kind == xmlEnd {
			return nil
		}
	}
	return err
}

// children has visit look at each element within the one that was opened last. What
// visit leaves unread is skipped.
func (s *xmlScanner) children(visit func(child xmlTag) error) error {
	depth := s.depth()
	for {
		tag, err := s.next()
		if err != nil {
			return err
		}
		if tag.kind != xmlOpen {
			return nil
		}
		if err := visit(tag); err != nil {
			return err
		}
		for s.depth() > depth {
			if _, err := s.next(); err != nil {
				return err
			}
		}
	}
}

// content reads the element that was opened last, which holds text alone. The text is
// valid until the next tag is read; the fault says what spoils it, or is "".
func (s *xmlScanner) content() (text []byte, fault string, err error) {
	s.keepText = true
	tag, err := s.next()
	s.keepText = false
	switch {
	case err != nil:
		return nil, "", err
	case tag.kind != xmlClose:
		return nil, "", errors.New("an element where there should be a text")
	case s.overlong:
		return s.text, "it is too long", nil
	}
	text, fault = unescapeXML(s.text)
	return text, fault, nil
}

// attribute returns what a tag says under a name, still escaped.
func attribute(attributes []byte, name string) (value []byte, found bool) {
	for {
		i := bytes.IndexByte(attributes, '=')
		if i < 0 {
			return nil, false
		}
		at := string(bytes.TrimSpace(attributes[:i])) == name
		rest := bytes.TrimSpace(attributes[i+1:])
		if len(rest) == 0 {
			return nil, at
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		switch {
		case end < 0:
			return nil, at
		case at:
			return rest[1 : 1+end], true
		}
		attributes = rest[end+2:]
	}
}

// hasAttribute reports whether a tag has an attribute of that name.
func hasAttribute(attributes []byte, name string) bool {
	_, found := attribute(attributes, name)
	return found
}
