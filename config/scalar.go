package config

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// scalar returns the text of a value after its variables were replaced.
// Replaced text stays one value, whatever it holds: it is never parsed again.
func (d *decoder) scalar(n *yaml.Node, want string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.wrongType(n, want)
		return "", false
	}
	text, err := d.env.expand(n.Value)
	if err != nil {
		d.fail(n, "%v", err)
		return "", false
	}
	return text, true
}

// isA says whether YAML reads n as the type with that tag. A plain value with a
// variable in it takes whatever type its text can be.
func isA(n *yaml.Node, tag string) bool {
	return n.Tag == tag || n.Style == 0 && strings.Contains(n.Value, "$")
}

// text reads a text that is not empty.
func (d *decoder) text(n *yaml.Node) (string, bool) {
	const want = "a text"
	if n.Kind == yaml.ScalarNode && !isText(n) {
		if n.Tag == "!!null" {
			d.wrongType(n, want)
		} else {
			d.fail(n, "%q wants a text, not %s; quote it: %q", d.key, describe(n), n.Value)
		}
		return "", false
	}
	text, ok := d.scalar(n, want)
	switch {
	case !ok:
		return "", false
	case text == "":
		d.fail(n, "%q has an empty value", d.key)
		return "", false
	case !utf8.ValidString(text):
		d.fail(n, "%q holds bytes that are not UTF-8", d.key)
		return "", false
	}
	return text, true
}

// isText counts dates and the merge mark as text; YAML's core has no such types.
func isText(n *yaml.Node) bool {
	return isA(n, "!!str") || n.Tag == "!!timestamp" || n.Tag == "!!merge"
}

// choice reads one of a few words.
func (d *decoder) choice(n *yaml.Node, words ...string) (string, bool) {
	text, ok := d.text(n)
	if !ok {
		return "", false
	}
	for _, word := range words {
		if text == word {
			return word, true
		}
	}
	d.fail(n, "%q cannot be %q%s (it is one of: %s)", d.key, text, didYouMean(text, words), strings.Join(words, ", "))
	return "", false
}

func (d *decoder) boolean(n *yaml.Node) (value, ok bool) {
	const want = "true or false"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!bool") {
		d.wrongType(n, want)
		return false, false
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return false, false
	}
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	d.fail(n, "%q wants true or false, not %q", d.key, text)
	return false, false
}

func (d *decoder) number(n *yaml.Node) (int, bool) {
	const want = "a whole number"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!int") {
		d.wrongType(n, want)
		return 0, false
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return 0, false
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		d.fail(n, "%q wants a whole number, not %q", d.key, text)
		return 0, false
	}
	return value, true
}

// path reads a local path: absolute, under "~", or relative to the file's folder.
func (d *decoder) path(n *yaml.Node) (string, bool) {
	text, ok := "~", true
	if !isBareTilde(n) {
		text, ok = d.text(n)
	}
	if !ok {
		return "", false
	}
	if strings.ContainsRune(text, 0) {
		d.fail(n, "%q holds a NUL, which no path can", d.key)
		return "", false
	}
	path, err := d.env.home(text)
	if err != nil {
		d.fail(n, "%v", err)
		return "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.folder, path)
	}
	return filepath.Clean(path), true
}

// isBareTilde is about `root: ~`, which YAML reads as nothing and people as home.
func isBareTilde(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "~"
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, unicode.IsControl)
}
