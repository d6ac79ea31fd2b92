package faults

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// logbook keeps what the product logs at full verbosity.
type logbook struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	records int
}

func newLogbook() *logbook { return new(logbook) }

func (b *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Write takes one record.
func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records++
	return b.buffer.Write(p)
}

func (b *logbook) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// audit makes sure that every record is one line without control characters.
func (b *logbook) audit(t testing.TB) {
	t.Helper()
	text := b.text()
	b.mu.Lock()
	defer b.mu.Unlock()
	if lines := strings.Count(text, "\n"); lines != b.records {
		t.Errorf("%d records are %d lines", b.records, lines)
	}
	for line := range strings.Lines(text) {
		// slog leaves DEL as it is; of the program's own log see TestLogOfOddNames.
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\x7f", "")
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("a record with control characters: %q", line)
		}
	}
}
