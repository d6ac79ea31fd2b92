package savedplan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/planner"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newConfig() *config.Config {
	return &config.Config{Account: config.Account{Service: config.ServiceCustom, Username: "me"}, Jobs: []config.Job{{Name: "home"}}}
}

func newFile() *File {
	return New(newConfig(), []*planner.Plan{{Job: "home", Target: "/mybox/backup/home"}}, noon, "test")
}

// What is loaded is what was saved, and only its owner can read the file.
func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.plan")
	for range 2 { // the second time over the first
		if err := errors.Join(MayReplace(path), newFile().Save(path)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(newFile(), got, cmpopts.IgnoreUnexported(planner.Plan{})); diff != "" {
		t.Errorf("it changed on the way (-saved +loaded):\n%s", diff)
	}
	others, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(others) != 1 {
		t.Errorf("beside the plan there is %v, %v", others, err)
	}
}

// A file that no Save has written is a mistake on the command line, and is not replaced.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"is not a saved plan":     "jobs:",
		"more in it than a plan":  `{"format_version": 1} {}`,
		"its format is version 9": `{"format_version": 9}`,
		"it has no job":           `{"format_version": 1, "plans": []}`,
		"has no name":             `{"format_version": 1, "plans": [null]}`,
		"is there twice":          `{"format_version": 1, "plans": [{"job": "home"}, {"job": "home"}]}`,
		"unknown kind":            `{"format_version": 1, "plans": [{"job": "home", "actions": [{"kind": "?", "path": "a"}]}]}`,
	} {
		path := filepath.Join(t.TempDir(), "a.plan")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), name) || exit.Code(err) != exit.CodeUsage {
			t.Errorf("%s: %v, want an error of usage with %q", text, err, name)
		}
		if MayReplace(path) == nil {
			t.Errorf("%s may be replaced", text)
		}
	}
}

// Plans hold for the configuration that they were made by, and for a while.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*config.Config)
		after  time.Duration
		want   string
	}{
		"at once":         {},
		"in time":         {after: time.Hour},
		"too late":        {after: time.Hour + 1, want: "the plan is 1h0m0s old, and --max-plan-age is 1h0m0s"},
		"clocks differ":   {after: -clockSlack},
		"in the future":   {after: -clockSlack - 1, want: "made in the future"},
		"another user":    {change: func(c *config.Config) { c.Account.Username = "you" }, want: "the plan is for the account custom/me, the jobs file for custom/you"},
		"another setting": {change: func(c *config.Config) { c.Jobs[0].OneFileSystem = true }, want: "the jobs file has changed"},
	} {
		cfg := newConfig()
		if tt.change != nil {
			tt.change(cfg)
		}
		err := newFile().Check(cfg, noon.Add(tt.after), time.Hour)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (!errors.Is(err, exit.ErrStale) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
