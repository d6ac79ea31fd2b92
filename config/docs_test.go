package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/jottarun/jottarun/config"
)

// TestReferenceExamples loads every YAML example of the reference and holds it
// against the schema. One that shows a part of a file is completed first.
func TestReferenceExamples(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/jobs-file.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d examples, the reference has more", len(blocks))
	}
	for _, block := range blocks {
		example := completed(block[1])
		path := filepath.Join(t.TempDir(), "jobs.yaml")
		if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(path, testEnv()); err != nil {
			t.Errorf("an example does not load: %v\n%s", err, example)
		}
		validate(t, example)
	}
}

func completed(example string) string {
	if !strings.Contains(example, "version:") {
		example = "version: 1\n" + example
	}
	if !strings.Contains("\n"+example, "\njobs:") {
		example += "jobs: {a: {root: /a, target: /mybox/backup}}\n"
	}
	return example
}

// TestFilesWeShip loads the examples and the starting file of init as they are.
func TestFilesWeShip(t *testing.T) {
	t.Parallel()
	starter := filepath.Join(t.TempDir(), "jobs.yaml")
	if err := os.WriteFile(starter, config.Starter(), 0o600); err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(examples) < 2 {
		t.Fatalf("examples = %v, %v", examples, err)
	}
	for _, path := range append(examples, starter) {
		if _, err := config.Load(path, testEnv()); err != nil {
			t.Errorf("%s does not load: %v", path, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, string(text))
	}
}

// TestExampleRootsExist keeps examples/jobs.yaml runnable on a fresh clone.
func TestExampleRootsExist(t *testing.T) {
	t.Parallel()
	c, err := config.Load("../examples/jobs.yaml", testEnv())
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range c.Jobs {
		for _, root := range job.Roots {
			if entries, err := os.ReadDir(root.Path); err != nil || len(entries) == 0 {
				t.Errorf("job %s: root %s: %d entries, %v", job.Name, root.Path, len(entries), err)
			}
		}
	}
}

// TestSchemaRefuses holds the schema to more than the names of keys.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, text := range []string{
		"jobs: {a: {root: /a, target: /m/b}}",
		"{version: 2, jobs: {a: {root: /a, target: /m/b}}}",
		"{version: 1, jobs: {}}",
		"{version: 1, jobs: {.a: {root: /a, target: /m/b}}}",
		"{version: 1, jobs: {a: {target: /m/b}}}",
		"{version: 1, jobs: {a: {root: /a, roots: [/a], target: /m/b}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, one_file_system: 'yes'}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, exclude_larger_than: 4gib}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, exclude: '*.tmp'}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, prune: always}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, prune_excluded: trash}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, max_prune: 100.5%}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, max_prune: 0.5}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, max_prune: -1}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, collisions: keep}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, require: [mounted]}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, require: {mounted: 'yes'}}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, require: {marker: a/../b}}}}",
		"{version: 1, jobs: {a: {root: /a, target: /m/b, require: {marker: /a}}}}",
		"{version: 1, settings: {uploads: 65}, jobs: {a: {root: /a, target: /m/b}}}",
		"{version: 1, account: {service: custom}, jobs: {a: {root: /a, target: /m/b}}}",
	} {
		if schema.Validate(decoded(t, text)) == nil {
			t.Errorf("the schema lets this pass: %s", text)
		}
	}
}

func validate(t *testing.T, text string) {
	t.Helper()
	if err := compiled(t).Validate(decoded(t, text)); err != nil {
		t.Errorf("the schema refuses what loads: %v\n%s", err, text)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// decoded is the YAML as an editor's schema check would see it.
func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
