package config

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeysAgree holds together what the decoder reads, what the schema allows and
// what the reference explains: the same keys in each, section by section.
func TestKeysAgree(t *testing.T) {
	t.Parallel()
	want := decodedKeys()
	if diff := cmp.Diff(want, schemaKeys(t)); diff != "" {
		t.Errorf("schema.json differs from the decoder (-decoder +schema):\n%s", diff)
	}
	if diff := cmp.Diff(want, documentedKeys(t)); diff != "" {
		t.Errorf("docs/jobs-file.md differs from the decoder (-decoder +docs):\n%s", diff)
	}
}

func tables() map[string]table {
	d := new(decoder)
	return map[string]table{
		"The file":  d.fileTable(new(part)),
		"account":   d.accountTable(new(Account)),
		"endpoints": d.endpointsTable(new(Endpoints)),
		"settings":  d.settingsTable(new(Settings)),
		"bandwidth": d.bandwidthTable(new(Bandwidth)),
		"timetable": d.windowTable(new(Window)),
		"defaults":  d.defaultsTable(new(Job)),
		"jobs":      d.jobTable(new(declared)),
		"roots":     d.rootTable(new(Root)),
		"require":   d.requireTable(new(Require)),
	}
}

func decodedKeys() map[string][]string {
	keys := make(map[string][]string)
	for section, table := range tables() {
		keys[section] = slices.Sorted(slices.Values(table.keys()))
	}
	return keys
}

func schemaKeys(t *testing.T) map[string][]string {
	t.Helper()
	type object struct {
		AdditionalProperties any `json:"additionalProperties"`
		Properties           map[string]struct {
			Description string `json:"description"`
			Ref         string `json:"$ref"`
		} `json:"properties"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	sections := map[string]object{"The file": schema.object}
	for section, def := range map[string]string{"account": "account", "endpoints": "endpoints",
		"settings": "settings", "bandwidth": "bandwidth", "timetable": "window", "defaults": "defaults", "jobs": "job", "roots": "root", "require": "require"} {
		sections[section] = schema.Defs[def]
	}
	keys := make(map[string][]string)
	for section, o := range sections {
		keys[section] = slices.Sorted(maps.Keys(o.Properties))
		if o.AdditionalProperties != false {
			t.Errorf("schema.json lets %s have other keys", section)
		}
		for key, p := range o.Properties {
			if p.Description == "" && p.Ref == "" {
				t.Errorf("schema.json does not describe %s of %s", key, section)
			}
		}
	}
	return keys
}

// documentedKeys reads the first column of the tables below "### section".
func documentedKeys(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/jobs-file.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")
	keys := make(map[string][]string)
	_, reference, _ := strings.Cut(string(text), "\n## Keys\n")
	reference, _, _ = strings.Cut(reference, "\n## ")
	for section := range strings.SplitSeq(reference, "\n### ") {
		title, body, _ := strings.Cut(section, "\n")
		for _, match := range row.FindAllStringSubmatch(body, -1) {
			keys[title] = append(keys[title], match[1])
		}
		slices.Sort(keys[title])
	}
	delete(keys, "")
	return keys
}
