package jotta

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	quote         = '‛'    // U+201B marks what follows as escaped
	fullWidth     = 0xFEE0 // from a printable ASCII character to its full-width form
	controlSymbol = '\u2400'
	deleteSymbol  = '\u2421'
	fullWidthDot  = '．'

	// maxNameLength is the longest name in characters, after escaping, that the
	// service takes.
	maxNameLength = 255
)

// EncodeName returns name as the service stores it: what it forbids in a name is
// replaced by a look-alike, the same one that rclone uses, so that both see the
// same files. It is defined for every string and DecodeName is its inverse.
func EncodeName(name string) string {
	switch name {
	case ".", "..":
		return strings.Repeat(string(fullWidthDot), len(name))
	case "．", "．．":
		return strings.ReplaceAll(name, string(fullWidthDot), string(quote)+string(fullWidthDot))
	}
	if !needsEncoding(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name) + 8)
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "%c%02X", quote, name[i])
		case isForbidden(r):
			b.WriteRune(r + fullWidth)
		case r < 0x20:
			b.WriteRune(controlSymbol + r)
		case r == 0x7F:
			b.WriteRune(deleteSymbol)
		case isReplacement(r) || r == quote:
			b.WriteRune(quote)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// DecodeName is the inverse of EncodeName. Names that other clients made, and
// that EncodeName would have written otherwise, decode to themselves where they
// hold no escape.
func DecodeName(name string) string {
	switch name {
	case "．", "．．":
		return strings.Repeat(".", len(name)/len(string(fullWidthDot)))
	case "‛．", "‛．‛．":
		return strings.ReplaceAll(name, string(quote), "")
	}
	if isASCII(name) {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == quote:
			size += decodeQuoted(&b, name[i+size:])
		case r == utf8.RuneError && size == 1:
			b.WriteByte(name[i])
		case r == deleteSymbol:
			b.WriteByte(0x7F)
		case isControlSymbol(r):
			b.WriteByte(byte(r - controlSymbol))
		case isForbidden(r - fullWidth):
			b.WriteRune(r - fullWidth)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// CheckName says why the service could not hold name, or nil.
func CheckName(name string) error {
	if name == "" {
		return errors.New("the name is empty")
	}
	if strings.ContainsAny(name, "\uFFFE\uFFFF") {
		return errors.New("the name holds a character that XML cannot carry (U+FFFE or U+FFFF)")
	}
	if n := utf8.RuneCountInString(EncodeName(name)); n > maxNameLength {
		return fmt.Errorf("the name is too long for JottaCloud (%d characters after escaping, at most %d)", n, maxNameLength)
	}
	return nil
}

// FoldName returns the form by which the service tells names apart: names that
// fold alike are one file. It is Unicode simple case folding [?], which joins
// A and a, and the Kelvin sign and k, but not ß and ss, nor composed and
// decomposed accents.
func FoldName(name string) string {
	folded := true
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			folded = false
			break
		}
	}
	if folded {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && size == 1 {
			b.WriteByte(name[i])
		} else {
			b.WriteRune(foldRune(r))
		}
		i += size
	}
	return b.String()
}

// foldRune returns the smallest rune of those that differ from r only by case,
// in lower case where that is ASCII.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	if smallest < utf8.RuneSelf {
		return unicode.ToLower(smallest)
	}
	return smallest
}

func needsEncoding(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 0x20 || c >= 0x7F || isForbidden(rune(c)) {
			return true
		}
	}
	return false
}

func isASCII(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeQuoted writes what stands behind a quote at the start of rest and
// returns how many bytes of rest it was. A quote that quotes nothing stands for
// itself.
func decodeQuoted(b *strings.Builder, rest string) int {
	if r, size := utf8.DecodeRuneInString(rest); r == quote || isReplacement(r) {
		b.WriteRune(r)
		return size
	}
	if len(rest) >= 2 {
		high, low := hexDigit(rest[0]), hexDigit(rest[1])
		if high >= 0 && low >= 0 {
			b.WriteByte(byte(high<<4 | low))
			return 2
		}
	}
	b.WriteRune(quote)
	return 0
}

// hexDigit reads lower case, too, which EncodeName does not write: so does rclone.
func hexDigit(c byte) int {
	if 'a' <= c && c <= 'f' {
		c -= 'a' - 'A'
	}
	return strings.IndexByte("0123456789ABCDEF", c)
}

func isForbidden(r rune) bool {
	switch r {
	case '"', '%', '*', '/', ':', '<', '>', '?', '|':
		return true
	}
	return false
}

func isReplacement(r rune) bool {
	return isForbidden(r-fullWidth) || isControlSymbol(r) || r == deleteSymbol
}

func isControlSymbol(r rune) bool { return r >= controlSymbol && r < controlSymbol+0x20 }
