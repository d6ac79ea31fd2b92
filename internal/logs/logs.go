// Package logs makes loggers whose records are each one line of text that steers no
// terminal.
package logs

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format is how records are written.
type Format string

// The formats.
const (
	Text Format = "text" // key=value
	JSON Format = "json" // an object a line
)

// Options say what is written, and how. The zero Options are text, with times, from the
// level of slog.LevelInfo on.
type Options struct {
	Format  Format
	Level   slog.Level
	Journal bool // the reader notes the time of each line itself
}

// ParseFormat knows a format by its name.
func ParseFormat(name string) (Format, error) {
	switch format := Format(name); format {
	case Text, JSON:
		return format, nil
	}
	return "", fmt.Errorf("unknown log format %q: want text or json", name)
}

// NewHandler returns a handler that writes to w.
func NewHandler(w io.Writer, o Options) slog.Handler {
	handler := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if o.Journal && len(groups) == 0 && attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return harmless(attr, o.Format)
	}}
	if o.Format == JSON {
		return slog.NewJSONHandler(w, handler)
	}
	return slog.NewTextHandler(w, handler)
}

// harmless quotes a text with those control characters in it that slog lets through: DEL,
// and in JSON the C1 ones and what changes the direction of writing. In JSON it quotes
// what is not UTF-8, too: two names are not to become one.
func harmless(attr slog.Attr, format Format) slog.Attr {
	if attr.Value.Kind() != slog.KindString && attr.Value.Kind() != slog.KindAny {
		return attr
	}
	text := attr.Value.String()
	if strings.ContainsFunc(text, isLetThrough) || format == JSON && !utf8.ValidString(text) {
		attr.Value = slog.StringValue(strings.ReplaceAll(strconv.QuoteToGraphic(text), "\x7f", `\x7f`))
	}
	return attr
}

func isLetThrough(r rune) bool {
	return r >= 0x7F && r <= 0x9F || r >= 0x200E && r <= 0x200F || r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
