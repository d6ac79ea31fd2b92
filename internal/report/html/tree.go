package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/report"
)

// node is a folder of the tree that is drawn, or all files of one kind in a folder. What
// is below it is added up in it.
type node struct {
	name     string // from the node above
	path     string // what the list is searched for
	job      int
	weight   float64
	size     int64
	files    [len(kinds)]int
	children map[string]*node
	leaf     int // the kind of a leaf, else -1
}

// costOfFile is the area that a file takes besides that of its bytes, so that empty ones
// are seen too.
const costOfFile = 16 << 10

func newNode(name, path string, job int) *node {
	return &node{name: name, path: path, job: job, children: map[string]*node{}, leaf: -1}
}

// newTree adds up the rows, folder by folder; above them are the jobs, where there are
// several. Notes are no part of it.
func newTree(d *data) *node {
	root := newNode("", "", -1)
	problemWeight := weightOfProblem(d)
	for _, r := range d.Rows {
		if r.kind == note {
			continue
		}
		weight := float64(max(0, r.size)) + costOfFile
		if r.kind == problem {
			weight += problemWeight
		}
		at := root
		at.count(r, weight)
		if len(d.Jobs) > 1 {
			at = at.child("\x00"+d.Jobs[r.job], d.Jobs[r.job], "", r.job)
			at.count(r, weight)
		}
		path := ""
		for part := range strings.SplitSeq(strings.TrimSuffix(d.Folders[r.folder], "/"), "/") {
			if part == "" {
				continue
			}
			path += part + "/"
			at = at.child(part, part+"/", path, r.job)
			at.count(r, weight)
		}
		leaf := at.child(fmt.Sprintf("\x00%d", r.kind), "", path, r.job)
		leaf.leaf = r.kind
		leaf.count(r, weight)
	}
	return root
}

// weightOfProblem lets a few problems be seen among much that is well: all of them
// together get up to a tenth of the map.
func weightOfProblem(d *data) float64 {
	total, problems := 0.0, 0
	for _, r := range d.Rows {
		total += float64(max(0, r.size)) + costOfFile
		if r.kind == problem {
			problems++
		}
	}
	return total / 10 / float64(max(problems, 25))
}

func (n *node) child(key, name, path string, job int) *node {
	child, found := n.children[key]
	if !found {
		child = newNode(name, path, job)
		n.children[key] = child
	}
	return child
}

func (n *node) count(r row, weight float64) {
	n.files[r.kind]++
	n.size += max(0, r.size)
	n.weight += weight
}

// heaviestFirst are the children, and where two weigh the same, by name.
func (n *node) heaviestFirst() []*node {
	all := make([]*node, 0, len(n.children))
	for _, child := range n.children {
		all = append(all, child)
	}
	slices.SortFunc(all, func(a, b *node) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.name, b.name), cmp.Compare(a.leaf, b.leaf))
	})
	return all
}

// stripe is the share of a kind in a node, from one fraction of it to another.
type stripe struct {
	kind     int
	from, to float64
}

// leastShare is what a kind must have to be seen; problems always are.
const leastShare = 0.08

// stripes are the kinds of a node's files, the most frequent first.
func (n *node) stripes() []stripe {
	var all []stripe
	seen := 0.0
	for kind, files := range n.files {
		share := float64(files) / float64(max(1, n.total()))
		if kind == problem && files > 0 {
			share = max(share, leastShare)
		}
		if share >= leastShare {
			all = append(all, stripe{kind: kind, to: share})
			seen += share
		}
	}
	slices.SortStableFunc(all, func(a, b stripe) int { return cmp.Compare(b.to, a.to) })
	at := 0.0
	for i := range all {
		width := all[i].to / seen
		all[i].from, all[i].to = at, at+width
		at += width
	}
	return all
}

// main is the kind that a node is of as a whole.
func (n *node) main() int {
	if n.files[problem] > 0 {
		return problem
	}
	best := 0
	for kind, files := range n.files {
		if files > n.files[best] {
			best = kind
		}
	}
	return best
}

func (n *node) total() int {
	total := 0
	for _, files := range n.files {
		total += files
	}
	return total
}

// says is what is told of a node when it is pointed at.
func (n *node) says() string {
	parts := []string{fmt.Sprintf("%s (%s)", report.Plural(n.total(), "file"), bytesOf(n.size))}
	for kind, files := range n.files {
		if files > 0 {
			parts = append(parts, report.Number(files)+" "+kinds[kind].word)
		}
	}
	where := n.path
	if where == "" {
		where = cmp.Or(n.name, "the target")
	}
	return where + ": " + strings.Join(parts, ", ")
}

func drawn(tree *node) string {
	return fmt.Sprintf("%s that differ, %s: each area is a folder, as large as its files; problems are drawn larger", report.Plural(tree.total(), "file"), bytesOf(tree.size))
}
