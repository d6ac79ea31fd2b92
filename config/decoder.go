package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder turns YAML nodes into a Config. It collects errors and goes on, so
// that one Load tells them all.
type decoder struct {
	src     *source
	folder  string // the jobs file's, absolute: relative paths count from it
	env     Env
	refused map[*yaml.Node]bool
	key     string // the key whose value is being read
	errs    Errors
}

func newDecoder(src *source, folder string, env Env) *decoder {
	return &decoder{src: src, folder: folder, env: env, refused: make(map[*yaml.Node]bool)}
}

// table is what a mapping may hold.
type table struct {
	of     string
	fields []field
	// secret are keys that people try, and that belong elsewhere.
	secret []string
}

// field is one key, and what to do with its value.
type field struct {
	key  string
	read func(value *yaml.Node)
}

func (t table) keys() []string {
	keys := make([]string, len(t.fields))
	for i, f := range t.fields {
		keys[i] = f.key
	}
	return keys
}

// mapping reads the values of n in the order of the table, and returns where
// each key that it found stands.
func (d *decoder) mapping(n *yaml.Node, t table) map[string]*yaml.Node {
	pairs := d.pairs(n)
	found := make(map[string]*yaml.Node, len(pairs))
	values := make(map[string]*yaml.Node, len(pairs))
	for _, p := range pairs {
		found[p.key.Value], values[p.key.Value] = p.key, p.value
		if !slices.Contains(t.keys(), p.key.Value) {
			d.unknownKey(p.key, t)
		}
	}
	outer := d.key
	for _, f := range t.fields {
		if value, ok := values[f.key]; ok && !d.refused[value] {
			d.key = f.key
			f.read(value)
		}
	}
	d.key = outer
	return found
}

type pair struct{ key, value *yaml.Node }

// pairs returns the entries of a mapping that have a usable, new key.
func (d *decoder) pairs(n *yaml.Node) []pair {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, "a mapping (key: value)")
		return nil
	}
	first := make(map[string]*yaml.Node)
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case d.refused[key]:
		case key.Kind != yaml.ScalarNode:
			d.fail(key, "a key is to be a name, not %s", describe(key))
		case key.Tag == "!!merge":
			d.fail(key, "the merge key << is not supported: what jobs share goes under \"defaults\"")
		case first[key.Value] != nil:
			d.fail(key, "doubled key %q, first at line %d", key.Value, first[key.Value].Line)
		default:
			first[key.Value] = key
			pairs = append(pairs, pair{key, value})
		}
	}
	return pairs
}

func (d *decoder) unknownKey(key *yaml.Node, t table) {
	switch {
	case slices.Contains(t.secret, key.Value):
		d.fail(key, "%q does not belong in a jobs file; put it into the environment (JOTTACLOUD_PASSWORD) or into .netrc", key.Value)
		return
	}
	hint := didYouMean(key.Value, t.keys())
	if hint == "" {
		hint = fmt.Sprintf(" (%s has: %s)", t.of, strings.Join(t.keys(), ", "))
	}
	d.fail(key, "unknown key %q%s", key.Value, hint)
}

func (d *decoder) require(at *yaml.Node, found map[string]*yaml.Node, of string, keys ...string) {
	if at.Kind == yaml.MappingNode {
		for _, key := range keys {
			if found[key] == nil {
				d.fail(at, "%s has no %q, which is required", of, key)
			}
		}
	}
}

// list reads each item of n, and refuses an n that is no list.
func (d *decoder) list(n *yaml.Node, read func(item *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, "a list, [a, b]")
		return
	}
	for _, item := range n.Content {
		if !d.refused[item] {
			read(item)
		}
	}
}

func (d *decoder) wrongType(n *yaml.Node, want string) {
	if d.key == "" {
		d.fail(n, "the file is to be %s, not %s", want, describe(n))
		return
	}
	d.fail(n, "%q wants %s, not %s", d.key, want, describe(n))
}

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.errs = append(d.errs, d.src.errorAt(n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (d *decoder) position(n *yaml.Node) string {
	return d.src.positionAt(n.Line, n.Column)
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "the number " + n.Value
	case n.Tag == "!!bool":
		return "the truth value " + n.Value
	}
	return "a text"
}
