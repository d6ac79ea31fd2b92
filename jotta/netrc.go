package jotta

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/jdx/go-netrc"
)

const maxNetrc = 1 << 20

// netrcLogin is one entry of a .netrc file.
type netrcLogin struct {
	machine  string
	username string
	password Secret
}

// isJotta reports whether the entry is meant for this service.
func (l netrcLogin) isJotta() bool {
	return strings.EqualFold(l.machine, "jottacloud") || strings.EqualFold(l.machine, "jottacloud.com")
}

func (l netrcLogin) isDefault() bool { return l.machine == "" }

// readNetrc returns the entries of a file that nobody else can read.
func readNetrc(path string) ([]netrcLogin, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkPrivate(file); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxNetrc+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxNetrc {
		return nil, fmt.Errorf("read %s: it is longer than %d bytes", path, maxNetrc)
	}
	logins, err := parseNetrc(string(text))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return logins, nil
}

// parseNetrc reads the entries with go-netrc. That library loses its place at a
// comment within an entry, takes bytes of UTF-8 for spaces and panics where a
// value is missing; so the text is first put into the form that it does read.
// No error names more than a line: what stands there may be a password.
func parseNetrc(text string) (logins []netrcLogin, err error) {
	canonical, err := canonicalNetrc(text)
	if err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			logins, err = nil, errors.New("it cannot be understood")
		}
	}()
	parsed, err := netrc.ParseString(canonical)
	if err != nil {
		return nil, errors.New("it cannot be understood")
	}
	for _, machine := range parsed.Machines() {
		login := netrcLogin{
			username: netrcValue(machine.Get("login")),
			password: Secret(netrcValue(machine.Get("password"))),
		}
		if !machine.IsDefault {
			login.machine = netrcValue(machine.Name) // "" is the default entry
		}
		logins = append(logins, login)
	}
	return logins, nil
}

// canonicalNetrc writes every entry on lines of its own, without comments and
// macros, and every value such that it is one word of ASCII and no keyword.
func canonicalNetrc(text string) (string, error) {
	var out strings.Builder
	words := netrcWords{text: strings.TrimPrefix(text, byteOrderMark), line: 1}
	for {
		keyword, ok := words.keyword()
		if !ok {
			return out.String(), nil
		}
		switch keyword {
		case "default":
			out.WriteString("default\n")
			continue
		case "machine", "login", "password", "account", "macdef":
		default:
			return "", fmt.Errorf("line %d: want machine, default, login, password, account or macdef", words.line)
		}
		value, err := words.value()
		if err != nil {
			return "", err
		}
		switch {
		case keyword == "macdef":
			words.skipMacro()
		case keyword != "machine" && out.Len() == 0:
			return "", fmt.Errorf("line %d: %s before the first machine", words.line, keyword)
		default:
			fmt.Fprintf(&out, "%s =%s\n", keyword, url.QueryEscape(value))
		}
	}
}

func netrcValue(canonical string) string {
	value, _ := url.QueryUnescape(strings.TrimPrefix(canonical, "="))
	return value
}

// netrcWords splits a .netrc file. A # starts a comment where a keyword could
// stand; where a value is due it belongs to the value.
type netrcWords struct {
	text string // what is left
	line int
}

func (w *netrcWords) keyword() (string, bool) {
	for {
		w.skipSpace()
		if !strings.HasPrefix(w.text, "#") {
			break
		}
		w.take(w.index("\n"))
	}
	if w.text == "" {
		return "", false
	}
	return w.take(w.index(" \t\r\n")), true
}

func (w *netrcWords) value() (string, error) {
	line := w.line
	w.skipSpace()
	switch {
	case w.text == "":
		return "", fmt.Errorf("line %d: a value is missing", line)
	case w.text[0] != '"':
		return w.take(w.index(" \t\r\n")), nil
	}
	var value strings.Builder
	for i := 1; i < len(w.text) && w.text[i] != '\n'; i++ {
		switch c := w.text[i]; {
		case c == '"':
			w.take(i + 1)
			return value.String(), nil
		case c == '\\' && i+1 < len(w.text) && slices.Contains([]byte(`"\`), w.text[i+1]):
			i++
			value.WriteByte(w.text[i])
		default:
			value.WriteByte(c)
		}
	}
	return "", fmt.Errorf("line %d: a quote is not closed", w.line)
}

// skipMacro skips the lines of a macro, which ends at an empty one.
func (w *netrcWords) skipMacro() {
	w.take(w.index("\n"))
	for w.text != "" {
		w.take(1)
		if strings.TrimSpace(w.take(w.index("\n"))) == "" {
			return
		}
	}
}

func (w *netrcWords) skipSpace() { w.take(len(w.text) - len(strings.TrimLeft(w.text, " \t\r\n"))) }

// index is where one of chars comes next, or the end.
func (w *netrcWords) index(chars string) int {
	if i := strings.IndexAny(w.text, chars); i >= 0 {
		return i
	}
	return len(w.text)
}

func (w *netrcWords) take(n int) string {
	taken := w.text[:n]
	w.line += strings.Count(taken, "\n")
	w.text = w.text[n:]
	return taken
}
