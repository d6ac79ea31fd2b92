// Package config reads a jobs file: YAML in, a complete and validated Config
// out, or every mistake in it at once, each with its line and a caret.
//
// It is strict: what it does not know, it refuses. It never looks at the folders
// a job names, never signs in and changes nothing.
//
// Load reads the file (file.go), parses it into YAML nodes (parse.go), refuses
// tags, anchors and deep nesting (screen.go) and decodes the nodes by tables of
// keys (decoder.go, account.go, settings.go, job.go). Values go through variables
// (expand.go) first and their types (scalar.go) after.
package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Config is what a jobs file says, with defaults filled in. It is pure data.
type Config struct {
	// Path is the file as it was given to Load. Positions use it as well.
	Path     string
	Account  Account
	Settings Settings
	// Jobs are in the order of the file, at least one.
	Jobs []Job
}

// Load reads and validates one jobs file. A failure is an Errors that names
// everything that is wrong; then there is no Config.
func Load(path string, env Env) (*Config, error) {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{File: path, Msg: "find its folder: " + err.Error(), cause: err}}
	}
	text, err := readFile(path)
	if err != nil {
		return nil, Errors{fileError(path, err)}
	}
	src, root, errs := parse(path, text)
	if len(errs) > 0 {
		return nil, errs
	}
	d := newDecoder(src, folder, env)
	d.screen(root, 0)
	c := d.config(root)
	c.Path = path
	if len(d.errs) > 0 {
		return nil, d.errs.sorted(path)
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

func (d *decoder) config(root *yaml.Node) *Config {
	c := &Config{Account: defaultAccount(), Settings: defaultSettings()}
	keys := d.mapping(root, d.fileTable(c))
	d.require(root, keys, "the file", "version", "jobs")
	return c
}

// fileTable lists defaults before jobs, so that they are known when a job is
// read, wherever in the file they stand.
func (d *decoder) fileTable(c *Config) table {
	defaults := defaultJob()
	return table{of: "the file", fields: []field{
		{"version", d.version},
		{"account", func(n *yaml.Node) { c.Account = d.account(n) }},
		{"settings", func(n *yaml.Node) { c.Settings = d.settings(n) }},
		{"defaults", func(n *yaml.Node) { d.mapping(n, d.defaultsTable(&defaults)) }},
		{"jobs", func(n *yaml.Node) { c.Jobs = d.jobs(n, defaults) }},
	}}
}

func (d *decoder) version(n *yaml.Node) {
	if v, ok := d.number(n); ok && v != 1 {
		d.fail(n, "version %d is not known, this jottarun reads version 1", v)
	}
}
