package config

import (
	"runtime"

	"gopkg.in/yaml.v3"
)

// Settings say how much runs at once and where state is kept. All are resolved:
// Hashers is never 0.
type Settings struct {
	Uploads int  // files in flight, all jobs together
	Hashers int  // CPUs that compute MD5s at once
	Jobs    int  // jobs at a time
	Retries int  // tries again after the first, per request
	Nice    bool // the process steps back behind others
	// Bandwidth has nothing in it where there is no limit.
	Bandwidth Bandwidth
	// StateDir is absolute, or "" where the program is to choose.
	StateDir string
}

const maxHashers = 256

func defaultSettings() Settings {
	return Settings{Uploads: 8, Hashers: cpus(), Jobs: 1, Retries: 5}
}

// cpus counts the CPUs this process may use, which a container can limit.
func cpus() int { return min(runtime.GOMAXPROCS(0), maxHashers) }

func (d *decoder) settings(n *yaml.Node) Settings {
	s := defaultSettings()
	d.mapping(n, d.settingsTable(&s))
	if s.Hashers == 0 {
		s.Hashers = cpus()
	}
	return s
}

func (d *decoder) settingsTable(s *Settings) table {
	return table{of: "settings", fields: []field{
		{"uploads", func(n *yaml.Node) { s.Uploads = d.within(n, 1, 64) }},
		{"hashers", func(n *yaml.Node) { s.Hashers = d.within(n, 0, maxHashers) }},
		{"nice", func(n *yaml.Node) { s.Nice, _ = d.boolean(n) }},
		{"jobs", func(n *yaml.Node) { s.Jobs = d.within(n, 1, 16) }},
		{"bandwidth", func(n *yaml.Node) { s.Bandwidth = d.bandwidth(n) }},
		{"retries", func(n *yaml.Node) { s.Retries = d.within(n, 0, 20) }},
		{"state_dir", func(n *yaml.Node) { s.StateDir, _ = d.path(n) }},
	}}
}

func (d *decoder) within(n *yaml.Node, low, high int) int {
	value, ok := d.number(n)
	if ok && (value < low || value > high) {
		d.fail(n, "%q is to be %d to %d, not %d", d.key, low, high, value)
	}
	return value
}
