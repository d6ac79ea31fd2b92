// Package config reads a jobs file: YAML in, a complete and validated Config
// out, or every mistake in it at once, each with its line and a caret.
//
// It is strict: what it does not know, it refuses. It never looks at the folders
// a job names, never signs in and changes nothing.
//
// Load reads the files (file.go), parses each into YAML nodes (parse.go), refuses
// tags, anchors and deep nesting (screen.go), decodes the nodes by tables of
// keys (decoder.go, account.go, settings.go, job.go) and joins what came of them (part.go). Values go through variables
// (expand.go) first and their types (scalar.go) after.
package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Config is what the jobs files say, with defaults filled in. It is pure data.
type Config struct {
	// Path is the file as it was given to Load; of several, all of them, with commas.
	Path     string
	Account  Account
	Settings Settings
	// Jobs are in the order of the files, at least one.
	Jobs []Job
}

// Load reads and validates one jobs file, or a folder of them. A failure is an Errors
// that names everything that is wrong; then there is no Config.
func Load(path string, env Env) (*Config, error) { return LoadAll([]string{path}, env) }

// LoadAll reads and validates jobs files that together make one Config. A folder stands
// for all *.yaml and *.yml in it, by name.
//
// One of the files may have the account, and one the settings; the defaults of a file are
// for its own jobs. Names and targets of jobs are compared across all.
func LoadAll(paths []string, env Env) (*Config, error) {
	files, errs := findFiles(paths)
	var parts []*part
	for _, file := range files {
		p, mistakes := readPart(file, env)
		errs = append(errs, mistakes...)
		if p != nil {
			parts = append(parts, p)
		}
	}
	c := merge(parts)
	c.Path = strings.Join(files, ", ")
	for _, p := range parts {
		errs = append(errs, p.d.errs.sorted(p.d.src.name)...)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return c, nil
}

// Job finds a job by its exact name.
func (c *Config) Job(name string) (*Job, bool) {
	i := slices.IndexFunc(c.Jobs, func(j Job) bool { return j.Name == name })
	if i < 0 {
		return nil, false
	}
	return &c.Jobs[i], true
}

// Select returns the named jobs, each once and in the order they were asked for;
// no names means all jobs, in the order of the file.
func (c *Config) Select(names []string) ([]*Job, error) {
	if len(names) == 0 {
		names = c.names()
	}
	var selected []*Job
	for _, name := range names {
		job, ok := c.Job(name)
		if !ok {
			return nil, fmt.Errorf("unknown job %q%s (%s has: %s)",
				name, didYouMean(name, c.names()), c.Path, strings.Join(c.names(), ", "))
		}
		if !slices.Contains(selected, job) {
			selected = append(selected, job)
		}
	}
	return selected, nil
}

func (c *Config) names() []string {
	names := make([]string, len(c.Jobs))
	for i := range c.Jobs {
		names[i] = c.Jobs[i].Name
	}
	return names
}

// fileTable lists defaults before jobs, so that they are known when a job is
// read, wherever in the file they stand.
func (d *decoder) fileTable(p *part) table {
	defaults := defaultJob()
	return table{of: "the file", fields: []field{
		{"version", d.version},
		{"account", func(n *yaml.Node) { p.account = d.account(n) }},
		{"settings", func(n *yaml.Node) { p.settings = d.settings(n) }},
		{"defaults", func(n *yaml.Node) { d.mapping(n, d.defaultsTable(&defaults)) }},
		{"jobs", func(n *yaml.Node) { p.jobs = d.jobs(n, defaults) }},
	}}
}

func (d *decoder) version(n *yaml.Node) {
	if v, ok := d.number(n); ok && v != 1 {
		d.fail(n, "version %d is not known, this jottarun reads version 1", v)
	}
}
