package emulator

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// TestRcloneAgrees has jottarun upload a tree of odd names, and an rclone that nobody
// has changed compare it with the local one; then the other way round.
func TestRcloneAgrees(t *testing.T) {
	r, s := newRclone(t)
	source := t.TempDir()
	for _, name := range oddNames() {
		for _, path := range []string{name, filepath.Join("folders", name, "inside")} {
			path = filepath.Join(source, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	plain := httptest.NewServer(s)
	defer plain.Close()
	client, err := jotta.New(jotta.Options{
		Endpoints: jotta.Endpoints{JFS: plain.URL, API: plain.URL}, Authorizer: jotta.BearerToken(jotta.Secret(s.Token())),
	})
	if err != nil {
		t.Fatal(err)
	}
	if plan := applied(t, client, source, "/mybox/backup/dir"); len(plan.Problems) > 0 || plan.Counts.New != 2*len(oddNames()) {
		t.Fatalf("jottarun planned %+v, problems %+v", plan.Counts, plan.Problems)
	}
	mustContain(t, r.run("check", "--no-unicode-normalization", "--download", source, "jc:dir"), "0 differences found")
	mustContain(t, r.run("check", "--no-unicode-normalization", "--fast-list", source, "jc:dir"), "0 differences found")

	r.run("copy", "--no-unicode-normalization", source, "jc:other")
	plan := applied(t, client, source, "/mybox/backup/other")
	if plan.Pending() || len(plan.Problems) > 0 || plan.Counts.CloudOnly > 0 {
		t.Errorf("after rclone's copy, jottarun plans %+v, problems %+v", plan.Actions, plan.Problems)
	}
}

// applied plans a job and carries the plan out.
func applied(t *testing.T, client *jotta.Client, source string, target jotta.Path) *planner.Plan {
	t.Helper()
	rules, err := planner.NewRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	hasher := checksum.New(2)
	plan, err := planner.Build(t.Context(), planner.Spec{
		Job: "test", Target: target, Roots: []planner.RootSpec{{Root: planner.Root{Path: source}, Rules: rules}},
	}, client, hasher)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := executor.Run(t.Context(), plan, client, executor.Options{Slots: executor.NewSlots(4), Hasher: hasher})
	if err != nil || summary.Unprotected() > 0 {
		t.Fatalf("run: %+v, %v", summary, err)
	}
	return plan
}

// oddNames are names that a local folder can have, no two of them equal to the
// service. rclone itself cannot open a local file whose name has a ‛ in it, and reads
// all invalid UTF-8 as one character, so there is none of the former and one of the
// latter.
func oddNames() []string {
	names := []string{
		"-rf", "--help", "~x", " lead", "trail ", "trail.", "...", ".hidden", "new\nline", "c\rr", "t\tab", "\x01", "\x1b[31m", "del\x7f",
		"c1\u0085", "nfc-\u00e9", "nfc-e\u0301", "ﬁ", "İ", "ß", "SS", "\u202egnp", "👩‍👩‍👧", "\ufeffbom", "line\u2028sep",
		"bad\xff", "a+b", "a#b", "a;b", "a&b=c", "a,b", "100%", "a%2Fb", `a\b`,
		"$(touch pwn)", "`x`", "{{.Job}}", "${HOME}", "CON", "nul.txt", "[a]", "***", "**", strings.Repeat("x", 255), strings.Repeat("é", 127),
	}
	for _, forbidden := range `:?*"<>|%` {
		names = append(names, "w"+string(forbidden), "w"+string(forbidden+0xFEE0))
	}
	return names
}
