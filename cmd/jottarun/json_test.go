package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta/emulator"
)

// validator holds what is printed to its published schema, and to no more than that:
// what the schema does not name is a mistake here.
type validator struct {
	t      *testing.T
	schema *jsonschema.Schema
}

func newValidator(t *testing.T, document string) *validator {
	t.Helper()
	text, err := report.Schema(document)
	check(t, err)
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	check(t, err)
	closeObjects(schema)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	check(t, compiler.AddResource("schema.json", schema))
	compiled, err := compiler.Compile("schema.json")
	check(t, err)
	return &validator{t, compiled}
}

// closeObjects makes every object of a schema refuse fields that it does not name.
func closeObjects(schema any) {
	switch node := schema.(type) {
	case map[string]any:
		if _, found := node["properties"]; found && node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for _, child := range node {
			closeObjects(child)
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

func (v *validator) check(text string) {
	v.t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	check(v.t, err)
	if err := v.schema.Validate(document); err != nil {
		v.t.Errorf("it is not as its schema says: %v\n%s", err, text)
	}
}

// richRig has a tree with something of everything.
func richRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	for name, content := range map[string]string{
		"same": "same", "changed": "before", "resized": "before", "moves/long enough to be told apart": strings.Repeat("m", 4096), "gone": "gone",
	} {
		r.put(name, content)
	}
	if _, _, code := r.jottarun("run"); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	r.put("changed", "behind")
	r.put("resized", "resized")
	r.put("new", "new")
	r.put("bad\xffname", "not UTF-8")
	r.put("Foo", "1")
	r.put("foo", "2")
	check(t, os.Remove(filepath.Join(r.root, "gone")))
	check(t, os.Rename(filepath.Join(r.root, "moves"), filepath.Join(r.root, "moved")))
	check(t, os.Symlink("same", filepath.Join(r.root, "link")))
	far := time.Date(12026, 1, 2, 3, 4, 5, 0, time.UTC) // where the file system has such years
	check(t, os.Chtimes(filepath.Join(r.root, "new"), far, far))
	return r
}

func (r *rig) put(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.root, name)
	check(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(r.t, os.WriteFile(path, []byte(content), 0o644))
}

// stream runs with --json and returns the records, after a look at what holds for every
// run.
func (r *rig) stream(want int, args ...string) []map[string]any {
	r.t.Helper()
	out, errOut, code := r.jottarun(append(args, "--json")...)
	if code != want {
		r.t.Errorf("%q ended with %d, want %d:\n%s", args, code, want, errOut)
	}
	valid := newValidator(r.t, "run")
	var records []map[string]any
	for line := range strings.Lines(out) {
		valid.check(line)
		var record map[string]any
		check(r.t, json.Unmarshal([]byte(line), &record))
		records = append(records, record)
	}
	if len(records) < 2 || records[0]["type"] != "version" {
		r.t.Fatalf("%q printed\n%s", args, out)
	}
	if last := records[len(records)-1]; last["type"] != "verdict" || last["exit_code"] != float64(code) || last["text"] == "" {
		r.t.Errorf("the exit code is %d, and the last record %v", code, last)
	}
	return records
}

func TestRunAsJSONLines(t *testing.T) {
	t.Parallel()
	r := richRig(t)
	r.cloud.Inject(emulator.Fault{Route: "allocate", Path: "resized", Status: 403})
	var told []string
	for _, record := range r.stream(exit.CodeUnprotected, "run") {
		if path, found := record["path"]; found && record["type"] != "started" {
			told = append(told, record["type"].(string)+" "+path.(string))
		}
	}
	slices.Sort(told)
	want := []string{
		"done bad\uFFFDname", "done changed", "done moved/long enough to be told apart", "done new", "failed resized", "note link", "problem Foo",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told is %q, want %q", told, want)
	}
}

// However a run ends, the last record has its exit code.
func TestVerdictRecordAgreesWithTheExitCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put("a", "a")
	r.stream(exit.CodeDone, "run")
	r.stream(exit.CodeDone, "run")
	r.stream(exit.CodeUsage, "run", "nosuch")
	r.stream(exit.CodeUsage, "run", "--transfers=65")
	r.stream(exit.CodeUsage, "apply", filepath.Join(r.dir, "nosuch.plan"))
	check(t, os.Remove(filepath.Join(r.root, "a")))
	r.stream(exit.CodeRefused, "run")
	r.put("a", "a")
	plan := filepath.Join(r.dir, "a.plan")
	r.put("b", "b")
	if _, _, code := r.jottarun("plan", "-o", plan); code != exit.CodeDone {
		t.Fatalf("exit code %d", code)
	}
	check(t, os.Remove(filepath.Join(r.root, "b")))
	r.stream(exit.CodeStale, "apply", plan)
	r.cloud.Inject(emulator.Fault{Route: "liststream", Status: 401, Times: 5})
	r.stream(exit.CodeSignIn, "run")
	check(t, os.WriteFile(r.jobs, []byte("version: 7"), 0o600))
	r.stream(exit.CodeConfig, "run")
}

// Every document is as its schema says.
func TestDocumentsAreAsTheirSchemasSay(t *testing.T) {
	t.Parallel()
	r := richRig(t)
	saved := filepath.Join(r.dir, "saved.plan")
	r.jottarun("plan", "-o", saved)
	document := func(name string, want int, args ...string) {
		t.Helper()
		out, errOut, code := r.jottarun(append(args, "--json")...)
		if code != want {
			t.Errorf("%q ended with %d, want %d:\n%s", args, code, want, errOut)
		}
		newValidator(t, name).check(out)
	}
	document("status", 0, "status")
	document("plan", exit.CodeUnprotected, "plan")
	document("plan", exit.CodeUnprotected, "run", "-n")
	document("plan", exit.CodeUnprotected, "show", saved)
	r.jottarun("run")
	document("status", exit.CodeUnprotected, "status", "--max-age", "1h")
	document("history", 0, "history", "home")
	document("verify", exit.CodeUnprotected, "verify", "--download", "--files", "3")
	r.cloud.Inject(emulator.Fault{Route: "download", Path: "same", FlipAnswer: 1})
	document("verify", exit.CodeUnprotected, "verify", "--download")
	document("status", 0, "status")
	document("history", 0, "history", "home")
	back := filepath.Join(r.dir, "back")
	document("restore", 0, "restore", "home", "--to", back, "-n")
	document("restore", 0, "restore", "home", "--to", back)
	check(t, os.WriteFile(filepath.Join(back, "same"), []byte("other"), 0o644))
	check(t, os.Remove(filepath.Join(back, "changed")))
	r.cloud.Inject(emulator.Fault{Route: "download", Path: "changed", Status: 403})
	document("restore", exit.CodeUnprotected, "restore", "home", "--to", back)
	document("restore", exit.CodeRefused, "restore", "home", "--to", r.root)
	document("validation", 0, "validate")
	document("explanation", 0, "explain", filepath.Join(r.root, "same"))
	document("explanation", 0, "explain", filepath.Join(r.dir, "elsewhere"))
	document("account", 0, "whoami")
	document("version", 0, "version")
	document("result", 0, "device", "add", "another")
	document("result", 0, "logout")
	check(t, os.WriteFile(r.jobs, []byte("version: 1\njobs: {home: {rot: x}}"), 0o600))
	document("validation", exit.CodeConfig, "validate")
}

// Every command that prints a result can print it as JSON; these have their reasons
// not to.
func TestEveryResultCanBeJSON(t *testing.T) {
	t.Parallel()
	without := []string{
		"jottarun cat",      // it prints content
		"jottarun emulator", // it goes on, and says how to use it
		"jottarun man",      // it prints a page
		"jottarun schema",   // it prints JSON anyway
	}
	walkCommands(newRootCommand(&app.App{Out: io.Discard, Err: io.Discard}), func(cmd *cobra.Command) {
		if cmd.Runnable() && !cmd.HasSubCommands() && cmd.Flags().Lookup("json") == nil && !slices.Contains(without, cmd.CommandPath()) {
			t.Errorf("%q has no --json", cmd.CommandPath())
		}
	})
}
