package restores

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2026-11-01":                time.Date(2026, 11, 1, 23, 59, 59, 999_999_999, time.Local),
		"2026-11-01T18:00":          time.Date(2026, 11, 1, 18, 0, 0, 0, time.Local),
		"2026-11-01 18:00:05":       time.Date(2026, 11, 1, 18, 0, 5, 0, time.Local),
		"2026-11-01T18:00:00Z":      time.Date(2026, 11, 1, 18, 0, 0, 0, time.UTC),
		"2026-11-01T18:00:00+02:00": time.Date(2026, 11, 1, 16, 0, 0, 0, time.UTC),
	} {
		if got, err := parseMoment(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "01.11.2026"} {
		if got, err := parseMoment(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
