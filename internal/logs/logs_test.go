package logs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"github.com/jottarun/jottarun/internal/logs"
)

func record(o logs.Options, text string) string {
	var out bytes.Buffer
	slog.New(logs.NewHandler(&out, o)).Error("message", "path", text, "cause", errors.New(text))
	return out.String()
}

func TestFormats(t *testing.T) {
	t.Parallel()
	if got := record(logs.Options{Journal: true}, "a b"); got != "level=ERROR msg=message path=\"a b\" cause=\"a b\"\n" {
		t.Errorf("for the journal it is %q", got)
	}
	if got := record(logs.Options{}, "a"); !strings.HasPrefix(got, "time=") {
		t.Errorf("text is %q", got)
	}
	var parsed map[string]string
	if err := json.Unmarshal([]byte(record(logs.Options{Format: logs.JSON}, "a")), &parsed); err != nil || parsed["path"] != "a" || parsed["time"] == "" {
		t.Errorf("JSON is %v, %v", parsed, err)
	}
	if _, err := logs.ParseFormat("xml"); err == nil {
		t.Error("an unknown format is taken")
	}
}

// Names that are not UTF-8 are told apart.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	for _, format := range []logs.Format{logs.Text, logs.JSON} {
		for text, want := range map[string]string{"bad\xff": `bad\xff`, "bad\xfe": `bad\xfe`} {
			line := strings.ReplaceAll(record(logs.Options{Format: format}, text), `\\`, `\`)
			if strings.Count(line, want) != 2 {
				t.Errorf("%s: %q becomes %s", format, text, line)
			}
		}
	}
}

// Whatever is logged, a record is one line without anything that steers a terminal.
func FuzzRecordIsOneLine(f *testing.F) {
	for _, text := range []string{"a\nb", "\x1b[2J", "\x7f", "\u0085", "\u202e", "\u2028", "bad\xff", `"quoted"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []logs.Format{logs.Text, logs.JSON} {
			line, found := strings.CutSuffix(record(logs.Options{Format: format}, text), "\n")
			if !found || strings.ContainsFunc(line, func(r rune) bool {
				return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) && r != '\u061C' || r == '\u2028' || r == '\u2029'
			}) {
				t.Errorf("%s: %q becomes %q", format, text, line)
			}
		}
	})
}
