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

// allowed says which of our packages each package may import; cmd/jottarun may
// import all. A package that is not here has not been thought about.
var allowed = map[string][]string{
	"internal/backup":       {"executor", "planner", "internal/state", "internal/checksum", "internal/manifest"},
	"internal/report":       {"executor", "planner", "internal/backup", "internal/state", "jotta"},
	"internal/report/html":  {"planner", "internal/report", "internal/backup", "internal/state"},
	"executor":              {"planner", "jotta", "internal/localfs", "internal/checksum"},
	"planner":               {"jotta", "internal/localfs", "internal/checksum"},
	"internal/exit":         {"config", "planner", "executor", "internal/localfs", "internal/state", "internal/signin", "jotta", "jotta/emulator"},
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

// homes are the packages that each library may be imported by, outside of tests.
var homes = map[string][]string{
	"gopkg.in/yaml.v3":                 {"config"},
	"github.com/bmatcuk/doublestar/v4": {"config", "planner"},
	"github.com/sourcegraph/conc":      {"cmd/jottarun", "planner", "executor", "jotta", "jotta/emulator"},
	"github.com/jdx/go-netrc":          {"jotta"},
	"github.com/spf13/cobra":           {"cmd/jottarun"},
	"github.com/spf13/pflag":           {"cmd/jottarun"},
	"golang.org/x/term":                {"cmd/jottarun"},
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
		if !known && folder != "cmd/jottarun" {
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
