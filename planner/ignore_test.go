package planner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// ignoring plans a tree, whose ignore files are called "ignore", against an empty cloud.
func ignoring(t *testing.T, tree map[string]string) *planner.Plan {
	t.Helper()
	dir := t.TempDir()
	for path, content := range tree {
		full := filepath.Join(dir, path)
		check(t, os.MkdirAll(filepath.Dir(full), 0o755))
		check(t, os.WriteFile(full, []byte(content), 0o644))
	}
	rules, err := planner.NewRules(nil)
	check(t, err)
	listing, err := jotta.NewListingBuilder().Build()
	check(t, err)
	plan, err := planner.Build(t.Context(), planner.Spec{
		Job: "test", Target: "/d/b/f", IgnoreFile: "ignore",
		Roots: []planner.RootSpec{{Root: planner.Root{Path: dir}, Rules: rules}},
	}, lister{listing}, checksum.New(1))
	check(t, err)
	return plan
}

// What users write into their folders is limited, to the byte and to the pattern.
func TestIgnoreFileLimits(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	comment := func(n int) string { return "#" + strings.Repeat("x", n-1) }
	for name, c := range map[string]struct {
		outer, inner string
		want         string // what is said of inner
	}{
		"large":            {"", comment(size), ""},
		"too large":        {"", comment(size + 1), "larger than 1048576 bytes"},
		"many":             {strings.Repeat("a\n", 600), strings.Repeat("b\n", 400), ""},
		"too many":         {strings.Repeat("a\n", 600), strings.Repeat("b\n", 401), "line 401: more than 1000 patterns hold here"},
		"long":             {"", strings.Repeat("x", 1000), ""},
		"too long":         {"", strings.Repeat("x", 1001), "line 1: a pattern of more than 1000 bytes"},
		"one alternative":  {"", "{a,b}", ""},
		"two alternatives": {"", "ok\n{a,b}*{c,d}", "line 2: pattern \"{a,b}*{c,d}\" has more than one {…}"},
		"mark of Windows":  {"", "\uFEFF#[\r\n\r\nok\r\n", ""},
		"no name":          {"", "!/", `line 1: pattern "!/" can never match`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := ignoring(t, map[string]string{"ignore": c.outer, "in/ignore": c.inner, "in/file": "1", "out/file": "1"})
			want := []planner.Problem{}
			if c.want != "" {
				want = append(want, planner.Problem{Path: "in/ignore", Reason: "nothing in its folder is backed up: " + c.want})
			}
			if diff := cmp.Diff(want, plan.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			sends := slices.ContainsFunc(plan.Actions, func(a planner.Action) bool { return a.Path == "in/file" })
			if sends == (c.want != "") {
				t.Errorf("in/file is sent: %v", sends)
			}
		})
	}
}

// Folders are scanned by several workers; each goes by its own patterns and those above.
func TestIgnoreFilesOfManyFolders(t *testing.T) {
	t.Parallel()
	tree := map[string]string{"ignore": "mine\n"}
	var want []planner.RelPath
	for i := range 50 {
		folder := fmt.Sprintf("%02d", i)
		tree[folder+"/ignore"] = fmt.Sprintf("f%02d\n", i)
		for j := range 50 {
			tree[fmt.Sprintf("%s/deep/f%02d", folder, j)] = ""
		}
		tree[folder+"/deep/mine"] = ""
		want = append(want, planner.RelPath(fmt.Sprintf("%s/deep/f%02d", folder, i)))
	}
	plan := ignoring(t, tree)
	if got := plan.Counts.New; got != 51+50*49 || plan.Counts.Excluded != 50+50 {
		t.Errorf("%d are new, %d excluded", got, plan.Counts.Excluded)
	}
	for _, a := range plan.Actions {
		if slices.Contains(want, a.Path) {
			t.Errorf("%q is sent, which its folder's patterns exclude", a.Path)
		}
	}
}
