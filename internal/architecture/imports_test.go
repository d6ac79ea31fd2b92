// Package architecture holds the tests of the layout itself.
package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/jottarun/jottarun"

// allowed says which of our packages each package may import. A package that is not here
// has not been thought about.
var allowed = map[string][]string{
	"cmd/jottarun": append([]string{"internal/app", "internal/exit"}, commands...),
	"internal/command/runs": {
		"config", "planner", "executor", "internal/app", "internal/workplace", "internal/selection", "internal/savedplan",
		"internal/backup", "internal/state", "internal/report", "internal/report/html", "internal/exit",
	},
	"internal/command/restores": {
		"config", "planner", "executor", "jotta", "internal/app", "internal/workplace", "internal/selection",
		"internal/backup", "internal/state", "internal/report", "internal/exit",
	},
	"internal/command/contents": {"config", "planner", "jotta", "internal/app", "internal/access", "internal/selection", "internal/report", "internal/exit"},
	"internal/command/account":  {"config", "jotta", "internal/app", "internal/access", "internal/signin", "internal/state", "internal/report", "internal/exit"},
	"internal/command/overview": {"config", "planner", "internal/app", "internal/selection", "internal/state", "internal/report", "internal/exit"},
	"internal/command/setup":    {"config", "jotta/emulator", "internal/app", "internal/report", "internal/exit"},

	"internal/workplace": {
		"config", "planner", "executor", "internal/app", "internal/access", "internal/selection", "internal/backup",
		"internal/state", "internal/checksum", "internal/priority", "internal/report", "internal/exit",
	},
	"internal/access":    {"config", "jotta", "jotta/emulator", "internal/app", "internal/signin", "internal/bandwidth", "internal/exit"},
	"internal/app":       {"config", "jotta", "internal/signin", "internal/state", "internal/report", "internal/terminal", "internal/logs", "internal/exit"},
	"internal/selection": {"config", "planner", "jotta", "internal/exit"},
	"internal/savedplan": {"config", "planner", "internal/report", "internal/exit"},
	"internal/exit":      {"config", "planner", "executor", "internal/localfs", "internal/state", "internal/signin", "jotta", "jotta/emulator"},

	"internal/backup":       {"executor", "planner", "internal/state", "internal/checksum", "internal/manifest"},
	"internal/report":       {"executor", "planner", "internal/backup", "internal/state", "jotta"},
	"internal/report/html":  {"planner", "internal/report", "internal/backup", "internal/state"},
	"executor":              {"planner", "jotta", "internal/localfs", "internal/checksum"},
	"planner":               {"jotta", "internal/localfs", "internal/checksum"},
	"internal/signin":       {"config", "internal/state", "jotta"},
	"internal/state":        {"jotta", "internal/checksum"},
	"config":                {},
	"jotta":                 {},
	"jotta/emulator":        {},
	"internal/localfs":      {},
	"internal/manifest":     {"jotta", "internal/localfs"},
	"internal/terminal":     {},
	"internal/logs":         {},
	"internal/checksum":     {},
	"internal/bandwidth":    {},
	"internal/priority":     {},
	"internal/unprivileged": {},
	"internal/architecture": {},
	"internal/faults":       {},
	"internal/model":        {},
	"internal/bench":        {},
	"internal/bench/table":  {"internal/bench"},
}

// commands are the packages of commands. None imports another: only package main knows
// them all.
var commands = []string{
	"internal/command/runs", "internal/command/restores", "internal/command/contents",
	"internal/command/account", "internal/command/overview", "internal/command/setup",
}

// homes are the packages that each library may be imported by, outside of tests.
var homes = map[string][]string{
	"gopkg.in/yaml.v3":                 {"config"},
	"github.com/bmatcuk/doublestar/v4": {"config", "planner"},
	"github.com/sourcegraph/conc":      {"cmd/jottarun", "internal/command/runs", "internal/workplace", "planner", "executor", "jotta", "jotta/emulator"},
	"github.com/jdx/go-netrc":          {"jotta"},
	"github.com/spf13/cobra":           append([]string{"cmd/jottarun", "internal/app"}, commands...),
	"github.com/spf13/pflag":           append([]string{"internal/app", "internal/workplace"}, commands...),
	"golang.org/x/term":                {"internal/app", "internal/command/account"},
	"github.com/gofrs/flock":           {"internal/state"},
	"go.etcd.io/bbolt":                 {"internal/state"},
	"github.com/dustin/go-humanize":    {"internal/report"},
	"golang.org/x/sys":                 {"internal/localfs", "internal/checksum", "internal/priority"},
	"github.com/klauspost/compress":    {"internal/manifest"},
	"golang.org/x/time":                {"internal/bandwidth"},
}

// singleFile are libraries that only one file may import, so that what is wrapped
// there is wrapped everywhere.
var singleFile = []string{"github.com/jdx/go-netrc"}

func TestImports(t *testing.T) {
	t.Parallel()
	users := map[string][]string{}
	for _, file := range productFiles(t) {
		folder := filepath.ToSlash(filepath.Dir(file))
		mayImport, known := allowed[folder]
		if !known {
			t.Errorf("%s: package %s has no place in the architecture", file, folder)
		}
		for _, path := range imports(t, file) {
			if own, ok := strings.CutPrefix(path, module+"/"); ok {
				if known && !slices.Contains(mayImport, own) {
					t.Errorf("%s imports %s, which %s may not", file, own, folder)
				}
				continue
			}
			if library := libraryOf(path); library != "" {
				users[library] = append(users[library], file)
				if !slices.Contains(homes[library], folder) {
					t.Errorf("%s imports %s, whose home is %v", file, library, homes[library])
				}
			}
		}
	}
	for library := range homes {
		if len(users[library]) == 0 {
			t.Errorf("%s has a home, but nobody imports it", library)
		}
	}
	for _, library := range singleFile {
		if len(users[library]) != 1 {
			t.Errorf("%s is imported by %v, want one file", library, users[library])
		}
	}
}

// The planner takes values from the cloud's package, and never its client.
func TestPlannerKnowsNoClient(t *testing.T) {
	t.Parallel()
	for _, file := range productFiles(t) {
		if filepath.ToSlash(filepath.Dir(file)) != "planner" {
			continue
		}
		for _, name := range selectors(t, file, "jotta") {
			if name == "Client" || name == "New" || name == "Options" {
				t.Errorf("%s uses jotta.%s", file, name)
			}
		}
	}
}

// Only main.go ends the program.
func TestOnlyMainExits(t *testing.T) {
	t.Parallel()
	for _, file := range productFiles(t) {
		if slices.Contains(selectors(t, file, "os"), "Exit") && filepath.ToSlash(file) != "cmd/jottarun/main.go" {
			t.Errorf("%s calls os.Exit", file)
		}
	}
}

// productFiles returns the Go files of the module that are no tests, relative to
// its root.
func productFiles(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != root && (name == "testdata" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			rel, err := filepath.Rel(root, path)
			files = append(files, rel)
			return err
		}
		return nil
	})
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	return files
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// libraryOf returns the library that a path belongs to: one with a home, else the
// path itself, or "" for the standard library.
func libraryOf(path string) string {
	for library := range homes {
		if path == library || strings.HasPrefix(path, library+"/") {
			return library
		}
	}
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		return path
	}
	return ""
}
