package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// A service that does not give older content back says so, and nothing is left behind.
func TestOlderContentThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, content := range []string{"first", "second"} {
		r.put("a", content)
		if _, errOut, code := r.jottarun("run"); code != exit.CodeDone {
			t.Fatalf("exit code %d: %s", code, errOut)
		}
	}
	back := filepath.Join(r.dir, "back")
	r.cloud.Inject(emulator.Fault{Route: "cphash", Status: 404, Times: 10})
	out, errOut, code := r.jottarun("restore", "home", "a", "--revision", "1", "--to", back)
	if code != exit.CodeUnprotected || !strings.Contains(errOut, `"a": `) || !strings.Contains(errOut, "does not give content back by its MD5") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
	r.cloud.ClearFaults()
	if _, _, code := r.jottarun("restore", "home", "a", "--revision", "1", "--to", back); code != exit.CodeDone {
		t.Errorf("exit code %d", code)
	}
	for _, file := range r.cloud.Tree("/mybox/backup/home") {
		if file.Path != "a" {
			t.Errorf("%q is left in the cloud", file.Path)
		}
	}
}

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
