package jotta

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// unescapeXML resolves, in place, the references in a text. The fault says what
// no XML text may hold, or is "".
func unescapeXML(text []byte) (plain []byte, fault string) {
	i := bytes.IndexByte(text, '&')
	if i < 0 {
		return text, textFault(text)
	}
	plain = text[:i]
	for i < len(text) {
		if text[i] != '&' {
			plain = append(plain, text[i])
			i++
			continue
		}
		// A reference is never shorter than what it stands for, so writing does not
		// overtake reading.
		length := bytes.IndexByte(text[i:min(len(text), i+12)], ';')
		r, ok := rune(0), false
		if length > 0 {
			r, ok = reference(text[i+1 : i+length])
		}
		if !ok {
			fault = "a reference in it stands for no character"
			plain = append(plain, '&')
			i++
			continue
		}
		plain = utf8.AppendRune(plain, r)
		i += length + 1
	}
	if fault == "" {
		fault = textFault(plain)
	}
	return plain, fault
}

// reference returns what stands between & and ; as a character.
func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, numeric := bytes.CutPrefix(name, []byte("#"))
	if !numeric {
		return 0, false
	}
	base := 10
	if hexadecimal, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hexadecimal, 16
	}
	code, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return 0, false
	}
	return rune(code), true
}

// textFault says what the service cannot have meant to put into a name, or "".
func textFault(text []byte) string {
	ascii := true
	for _, c := range text {
		if c < 0x20 {
			return "it holds a control character"
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	switch {
	case ascii:
		return ""
	case !utf8.Valid(text):
		return "it is not valid UTF-8"
	case bytes.Contains(text, []byte("\uFFFE")), bytes.Contains(text, []byte("\uFFFF")):
		return "it holds a character that XML cannot carry"
	}
	return ""
}
