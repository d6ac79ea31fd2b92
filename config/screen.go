package config

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxDepth is well above the deepest place a key of the file has.
const maxDepth = 20

// screen refuses what YAML has and a jobs file must not: tags, because an
// unquoted !keep would be one and vanish; anchors and aliases, because a few
// lines of them can stand for gigabytes; nesting without end. What it refused,
// the decoder skips.
func (d *decoder) screen(n *yaml.Node, depth int) {
	switch {
	case depth > maxDepth:
		d.refuse(n, "nested too deeply for a jobs file")
		return
	case n.Kind == yaml.AliasNode:
		d.refuse(n, "the alias *%s is not supported: what jobs share goes under \"defaults\"; a pattern that starts with * is to be quoted", n.Value)
		return
	case n.Anchor != "":
		d.refuse(n, "the anchor &%s is not supported: what jobs share goes under \"defaults\"", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		d.refuse(n, "%q is a YAML tag, which a jobs file cannot have: drop it, or quote a value that starts with !", n.Tag)
	case d.startsWith(n, '!'):
		d.refuse(n, "a lone ! is a YAML tag, which a jobs file cannot have: drop it, or quote a value that starts with !")
	}
	for _, child := range n.Content {
		d.screen(child, depth+1)
	}
}

func (d *decoder) refuse(n *yaml.Node, format string, args ...any) {
	d.refused[n] = true
	d.fail(n, format, args...)
}

// startsWith looks into the source, because the parser keeps no trace of the
// tag "!": neither a quoted nor a plain scalar can start with it otherwise.
func (d *decoder) startsWith(n *yaml.Node, mark rune) bool {
	line := d.src.lines[min(n.Line, len(d.src.lines))-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return strings.HasPrefix(line, string(mark))
}
