package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/config"
)

const threeJobs = `
version: 1
jobs:
  pictures: {root: ~, target: /mybox/backup/pictures}
  notes: {root: /b, target: /mybox/backup/notes, exclude: [2025-01-01]}
  2025: {roots: [~, /c], target: /mybox/backup/2025}
`

func TestLoadFindsJobs(t *testing.T) {
	t.Parallel()
	c, err := load(t, threeJobs)
	if err != nil {
		t.Fatal(err)
	}
	if job, ok := c.Job("notes"); !ok || job != &c.Jobs[1] {
		t.Errorf("Job(notes) = %v, %v", job, ok)
	}
	if got := c.Jobs[1].Exclude[0].Text; got != "2025-01-01" {
		t.Errorf("a date is the pattern %q, want its text", got)
	}
	if job, ok := c.Job("Notes"); ok {
		t.Errorf("Job(Notes) = %v, want none", job)
	}
	if got := c.Jobs[0].Roots[0]; got.Path != "/home/me" || got.As != "" {
		t.Errorf("a bare ~ is %+v, want the home folder", got)
	}
	if got := c.Jobs[2].Roots[0]; got.Path != "/home/me" || got.As != "me" {
		t.Errorf("a bare ~ in roots is %+v, want the home folder under its own name", got)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	c, err := load(t, threeJobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		names, want []string
		err         string
	}{
		{nil, []string{"pictures", "notes", "2025"}, ""},
		{[]string{"2025", "notes", "2025"}, []string{"2025", "notes"}, ""},
		{[]string{"notes", "pictrues"}, nil, `unknown job "pictrues", did you mean "pictures"?`},
		{[]string{"zzzzzz"}, nil, "has: pictures, notes, 2025)"},
	} {
		jobs, err := c.Select(test.names)
		var got []string
		for _, job := range jobs {
			got = append(got, job.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Select(%q) (-want +got):\n%s", test.names, diff)
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("Select(%q) = %v, want %q", test.names, err, test.err)
		}
	}
}

func TestDefaultSettings(t *testing.T) {
	t.Parallel()
	cpus := runtime.GOMAXPROCS(0)
	for text, want := range map[string]config.Settings{
		"":                        {Uploads: 8, Hashers: cpus, Jobs: 1, Retries: 5},
		"settings: {hashers: 0}":  {Uploads: 8, Hashers: cpus, Jobs: 1, Retries: 5},
		"settings: {hashers: 99}": {Uploads: 8, Hashers: 99, Jobs: 1, Retries: 5},
	} {
		c, err := load(t, threeJobs+text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Settings); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestTextThatIsNoYAML has bytes that a txtar archive cannot hold, and line ends
// it would hide.
func TestTextThatIsNoYAML(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"NUL":              {"version: 1\na: b\x00c\n", "2:5: the character U+0000 is not allowed here"},
		"escape":           {"version: 1\r\na: \x1b[31m\r\n", "2:4: the character U+001B is not allowed here"},
		"line separator":   {"version: 1\r# é\u2028\r", "2:4: the character U+2028 is not allowed here"},
		"no UTF-8":         {"version: 1\n# é\xff\n", "2:4: the byte 0xFF is not UTF-8"},
		"UTF-16":           {"\xff\xfev\x00", "1:1: the byte 0xFF is not UTF-8"},
		"nothing":          {"", "1:1: the file declares nothing"},
		"CR as line end":   {"version: 1\rjobs: 1\r", `2:7: "jobs" wants a mapping`},
		"CRLF as line end": {"version: 1\r\njobs: 1\r\n", `2:7: "jobs" wants a mapping`},
		"byte order mark":  {"\ufeffversion: 1\njobs: 1\n", `2:7: "jobs" wants a mapping`},
		"too large":        {"version: 1\n" + strings.Repeat("#", 1<<20), "is larger than 1 MiB"},
		"deep flow":        {strings.Repeat("[", 500_000), "1:1: not valid YAML: exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, test.text)
			if err == nil || !strings.Contains(err.Error(), "jobs.yaml:") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load = %.200v, want %q", err, test.want)
			}
		})
	}
}

func TestLoadMissingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, err := config.Load(path, testEnv())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v, want fs.ErrNotExist in it", err)
	}
	want := path + ": cannot be read: " + fs.ErrNotExist.Error()
	if err == nil || runtime.GOOS != "windows" && err.Error() != path+": cannot be read: no such file or directory" {
		t.Errorf("Load = %v, want %s", err, want)
	}
}

func TestLoadNeedsAKnownHome(t *testing.T) {
	t.Parallel()
	path := write(t, threeJobs)
	_, err := config.Load(path, config.Env{})
	if err == nil || !strings.Contains(err.Error(), "the home folder is not known") {
		t.Errorf("Load = %v, want a word on the home folder", err)
	}
}

// TestRelativePathsCountFromTheFile loads a file by a relative name.
func TestRelativePathsCountFromTheFile(t *testing.T) {
	folder := filepath.Dir(write(t, "version: 1\njobs: {a: {root: data, target: /m/b, exclude_from: ex.txt}}"))
	if err := os.WriteFile(filepath.Join(folder, "ex.txt"), []byte("*.tmp\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(folder))
	name := filepath.Join(filepath.Base(folder), "jobs.yaml")
	c, err := config.Load(name, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	if c.Path != name {
		t.Errorf("Path = %q, want %q", c.Path, name)
	}
	if got, want := c.Jobs[0].Roots[0].Path, filepath.Join(folder, "data"); got != want {
		t.Errorf("root = %q, want %q", got, want)
	}
	if got, want := c.Jobs[0].Exclude[0].Source, filepath.Join(filepath.Base(folder), "ex.txt")+":1"; got != want {
		t.Errorf("the pattern comes from %q, want %q", got, want)
	}
}

func load(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	return config.Load(write(t, text), testEnv())
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
