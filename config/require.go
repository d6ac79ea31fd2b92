package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Require is what must hold for each root of a job before anything of the job is
// changed in the cloud. The zero Require asks for nothing.
type Require struct {
	// Mounted asks that the root is a place where a file system is mounted.
	Mounted bool
	// Marker is a file that must be there: its slash path below the root, without
	// "." and "..". "" asks for none.
	Marker string
}

func (d *decoder) requireTable(r *Require) table {
	return table{of: "require", fields: []field{
		{"mounted", func(n *yaml.Node) { r.Mounted, _ = d.boolean(n) }},
		{"marker", func(n *yaml.Node) { r.Marker = d.marker(n) }},
	}}
}

func (d *decoder) marker(n *yaml.Node) string {
	path, ok := d.text(n)
	if !ok {
		return ""
	}
	if problem := badMarker(path); problem != "" {
		d.fail(n, "marker %q %s", path, problem)
		return ""
	}
	return path
}

// badMarker says why a path cannot be that of a marker, "" if it can.
func badMarker(path string) string {
	switch {
	case strings.HasPrefix(path, "/"), path == "~", strings.HasPrefix(path, "~/"):
		return "is to be a path below each root, without a / or ~ in front"
	case strings.HasSuffix(path, "/"):
		return "is to be a file, without a slash at the end"
	case strings.ContainsAny(path, `*?[]{}\`):
		return "is to be a plain path, no pattern"
	}
	for segment := range strings.SplitSeq(path, "/") {
		if problem := badSegment(segment); problem != "" {
			return problem
		}
	}
	return ""
}
