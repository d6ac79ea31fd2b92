package report

import (
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/state"
)

func TestRewrittenOften(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	every := func(d time.Duration, times int, paths ...string) (runs []state.Record) {
		for i := times - 1; i >= 0; i-- {
			runs = append(runs, state.Record{Started: now.Add(-time.Duration(i) * d), Rewritten: paths})
		}
		return runs
	}
	const rest = ": replaced 5 times within a day, and the cloud keeps 5 versions of a file: they cover less than a day"
	for name, tt := range map[string]struct {
		runs []state.Record
		want string
	}{
		"every hour":                 {every(time.Hour, 30, "db"), `"db"` + rest},
		"two files, one oddly named": {every(time.Hour, 5, "db", "a\x1b"), `"a\x1b" and 1 more` + rest},
		"four times":                 {every(time.Hour, 4, "db"), ""},
		"every six hours":            {every(6*time.Hour, 30, "db"), ""},
		"long ago":                   {append(every(time.Hour, 9, "db")[:5], state.Record{Started: now}), `"db"` + rest},
		"never":                      {nil, ""},
	} {
		if got := rewrittenOften(tt.runs, now); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := rewrittenOften(every(time.Hour, 9, "db"), now.Add(8*day)); got != "" {
		t.Errorf("a week later: %q", got)
	}
}
