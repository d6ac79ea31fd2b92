package config

import (
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// Root is one local folder of a job.
type Root struct {
	// Path is absolute and clean.
	Path string
	// As is the folder under the target it goes into; "" is the target itself.
	As      string
	Exclude []Pattern
}

func (d *decoder) root(n *yaml.Node) []Root {
	path, ok := d.path(n)
	if !ok {
		return nil
	}
	return []Root{{Path: path}}
}

// paths reads follow_into.
func (d *decoder) paths(n *yaml.Node) []string {
	var paths []string
	d.list(n, func(item *yaml.Node) {
		if path, ok := d.path(item); ok {
			paths = append(paths, path)
		}
	})
	return paths
}

func (d *decoder) roots(n *yaml.Node) []Root {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.fail(n, "\"roots\" is empty")
	}
	var roots []Root
	first := make(map[string]*yaml.Node)
	d.list(n, func(item *yaml.Node) {
		r := d.rootItem(item)
		if r.As == "" {
			return
		}
		if other := first[fold(r.As)]; other != nil {
			d.fail(item, "two roots go into the folder %q (the other: %s); give one of them another name with \"as\"", r.As, d.position(other))
		}
		first[fold(r.As)] = item
		d.compareRoots(item, r, roots)
		roots = append(roots, r)
	})
	return roots
}

// compareRoots refuses a root inside another of the job: its files would be kept
// twice.
func (d *decoder) compareRoots(n *yaml.Node, r Root, before []Root) {
	for _, other := range before {
		inner, outer := r.Path, other.Path
		if !isInside(inner, outer) {
			inner, outer = outer, inner
		}
		if isInside(inner, outer) {
			d.fail(n, "the root %q lies inside the root %q of this job; its files would be kept twice", inner, outer)
			return
		}
	}
}

// isInside reports whether a clean absolute path is a folder or below it.
func isInside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// rootItem returns a root without As after an error.
func (d *decoder) rootItem(n *yaml.Node) Root {
	var r Root
	var named bool
	if n.Kind == yaml.MappingNode {
		keys := d.mapping(n, d.rootTable(&r))
		d.require(n, keys, "an item of \"roots\"", "path")
		named = keys["as"] != nil
	} else {
		r.Path, _ = d.path(n)
	}
	if named || r.Path == "" {
		return r
	}
	r.As = filepath.Base(r.Path)
	if r.As == string(filepath.Separator) {
		d.fail(n, "the root %q has no name of its own; give it one with \"as\"", r.Path)
		r.As = ""
	}
	return r
}

func (d *decoder) rootTable(r *Root) table {
	return table{of: "an item of \"roots\"", fields: []field{
		{"path", func(n *yaml.Node) { r.Path, _ = d.path(n) }},
		{"as", func(n *yaml.Node) { r.As = d.folderName(n) }},
		{"exclude", func(n *yaml.Node) { r.Exclude = d.patterns(n) }},
	}}
}

func (d *decoder) folderName(n *yaml.Node) string {
	name, ok := d.text(n)
	if !ok {
		return ""
	}
	if strings.Contains(name, "/") {
		d.fail(n, "\"as\" is the name of one folder, without a slash")
		return ""
	}
	if problem := badSegment(name); problem != "" {
		d.fail(n, "\"as\" %s", problem)
		return ""
	}
	return name
}
