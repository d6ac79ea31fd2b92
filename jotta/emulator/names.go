package emulator

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNameLength counts characters, not bytes.
const maxNameLength = 255

// Longer paths are refused: to make all their folders would take this machine's memory.
// What the service allows is not known [?].
const (
	maxPathNames  = 4096
	maxPathLength = 64 << 10
)

// fold gives the key under which a name is kept: names that differ only in case
// are one name to the service. Simple case folding, as strings.EqualFold does it;
// which folding the service uses is not known [?].
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}
		return foldWide(r)
	}, name)
}

// foldWide may lead back to ASCII: the Kelvin sign is a k.
func foldWide(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// checkName refuses what the service cannot keep, or XML cannot carry.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return invalid("name %q is not allowed", name)
	case !utf8.ValidString(name):
		return invalid("name %q is not valid UTF-8", name)
	case utf8.RuneCountInString(name) > maxNameLength:
		return invalid("name is longer than %d characters", maxNameLength)
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7F || r == 0xFFFE || r == 0xFFFF || strings.ContainsRune(`"*:<>?|/`, r) {
			return invalid("name %q contains %q", name, r)
		}
	}
	return nil
}

// splitEscaped takes a URL path apart into names. A bare + reads as a space, and a
// trailing slash is allowed: that is how some clients name a folder.
func splitEscaped(escaped string) ([]string, error) {
	trimmed := strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
	if trimmed == "" {
		return nil, nil
	}
	segments := strings.Split(trimmed, "/")
	for i, segment := range segments {
		name, err := url.PathUnescape(strings.ReplaceAll(segment, "+", " "))
		if err != nil {
			return nil, invalid("path segment %q is not escaped properly", segment)
		}
		segments[i] = name
	}
	return segments, checkNames(segments)
}

// splitPlain takes a path apart that is not escaped: in allocate, mv and cp.
func splitPlain(path string) ([]string, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, invalid("path %q does not begin with a slash", path)
	}
	segments := strings.Split(strings.TrimSuffix(path[1:], "/"), "/")
	return segments, checkNames(segments)
}

func checkNames(names []string) error {
	length := 0
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		length += 1 + len(name)
	}
	if len(names) > maxPathNames || length > maxPathLength {
		return invalid("path of %d names and %d bytes is too long", len(names), length)
	}
	return nil
}
