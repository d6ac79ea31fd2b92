package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/jottarun/jottarun/config"
)

// TestMistakes loads testdata/bad-*.txtar and compares what is said about them.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, file := range archives(t, "bad-*") {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			folder := file.unpack(t)
			c, err := config.Load(file.start(folder), testEnv())
			errs, ok := err.(config.Errors)
			if !ok || c != nil {
				t.Fatalf("Load = %v, %v; want no Config and Errors", c, err)
			}
			got := strings.ReplaceAll(errs.Detail(), folder+string(filepath.Separator), "") + "\n"
			if diff := cmp.Diff(file.text(t, "want"), got); diff != "" {
				t.Errorf("what is said differs (-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

// TestConfigs loads testdata/good-*.txtar and compares the whole Config.
func TestConfigs(t *testing.T) {
	t.Parallel()
	for _, file := range archives(t, "good-*") {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			folder := file.unpack(t)
			c, err := config.Load(file.start(folder), testEnv())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range file.files {
				if strings.HasSuffix(f.Name, ".yaml") {
					validate(t, string(f.Data))
				}
			}
			dump, err := json.MarshalIndent(c, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(string(dump), folder, "/here") + "\n"
			if diff := cmp.Diff(file.text(t, "want"), got); diff != "" {
				t.Errorf("the Config differs (-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

// testEnv is the machine that the files of testdata were written for.
func testEnv() config.Env {
	vars := map[string]string{
		"FOUR": "4", "WORD": "word", "EMPTY": "", "UP": "..", "TRUTH": "true", "BYTES": "\xff",
		"USER_NAME": "1234", "HOMELIKE": "/srv/home",
		"NASTY": "/a: [b, \"c\"]\n# d ${WORD}",
	}
	return config.Env{
		Lookup:   func(name string) (string, bool) { value, ok := vars[name]; return value, ok },
		Hostname: "spec",
		Home:     "/home/me",
	}
}

type archive struct {
	name  string
	files []txtar.File
}

func archives(t *testing.T, glob string) []archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", glob+".txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no testdata/%s.txtar (%v)", glob, err)
	}
	var all []archive
	for _, path := range paths {
		parsed, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, archive{strings.TrimSuffix(filepath.Base(path), ".txtar"), parsed.Files})
	}
	return all
}

// unpack writes all files but the wanted answer into a new folder.
func (a archive) unpack(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, f := range a.files {
		if f.Name == "want" {
			continue
		}
		path := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// start is what is loaded: jobs.yaml or, where there is none, the folder.
func (a archive) start(folder string) string {
	for _, f := range a.files {
		if f.Name == "jobs.yaml" {
			return filepath.Join(folder, f.Name)
		}
	}
	return folder
}

func (a archive) text(t *testing.T, name string) string {
	t.Helper()
	for _, f := range a.files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("%s.txtar has no file %q", a.name, name)
	return ""
}
